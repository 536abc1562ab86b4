#include "cli/chart.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/text.hpp"

namespace webmon::cli {
namespace {

using Series = std::vector<std::optional<double>>;
constexpr auto kGap = std::nullopt;

TEST(Sparkline, RunsFromTheLeastToTheMost) {
  const Series rising{0, 1, 2, 3, 4, 5, 6, 7};
  EXPECT_EQ(sparkline(rising, 8, true), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline(rising, 8, false), "_.:-=+*#");
  EXPECT_EQ(sparkline(rising, 3, true), "▁▄█") << "the newest, and their own least and most";
}

TEST(Sparkline, OfAConstantIsALineInTheMiddle) {
  EXPECT_EQ(sparkline(Series{5, 5, 5}, 9, true), "▄▄▄");
  EXPECT_EQ(sparkline(Series{5, 5, 5}, 9, false), "---");
  EXPECT_EQ(sparkline(Series{0}, 9, true), "▄");
}

TEST(Sparkline, LeavesGaps) {
  EXPECT_EQ(sparkline(Series{kGap, 1, kGap, 2}, 9, true), " ▁ █");
  EXPECT_EQ(sparkline(Series{kGap, kGap}, 9, true), "  ");
  EXPECT_EQ(sparkline(Series{}, 9, true), "");
}

TEST(Sparkline, SurvivesTheLargestAndTheSmallestNumbers) {
  EXPECT_EQ(sparkline(Series{-1.7e308, 0, 1.7e308}, 9, true), "▁▄█");
  EXPECT_EQ(sparkline(Series{0, 5e-324}, 9, true), "▄▄") << "no spread that a double can halve";
}

Chart example() {
  return {.values = {10, 12, 11, kGap, 13, 12, 30},
          .low = 5,
          .mean = 12,
          .high = 19,
          .times = {"01:43", "01:44", "01:45", "01:46", "01:47", "01:48", "01:49"}};
}

TEST(Chart, DrawsValuesAgainstTheirBand) {
  EXPECT_EQ("\n" + render_chart(example(), {40, false, true}), R"(
     30 │            ●
        │
        │
        │
high 19 │┄┄┄┄┄┄┄┄┄┄┄┄┄
        │
        │
mean 12 │──●─────●─●──
        │●   ●
        │
  low 5 │┄┄┄┄┄┄┄┄┄┄┄┄┄
        └─────────────
         01:43   01:49
)");
}

TEST(Chart, IsAsciiWhereTheTerminalIs) {
  EXPECT_EQ("\n" + render_chart(example(), {40, false, false}), R"(
     30 |            *
        |
        |
        |
high 19 |.............
        |
        |
mean 12 |--*-----*-*--
        |*   *
        |
  low 5 |.............
        +-------------
         01:43   01:49
)");
}

Chart bare(Series values) {
  return {.values = std::move(values), .low = {}, .mean = {}, .high = {}, .times = {}};
}

TEST(Chart, WithoutABandIsTheValuesAlone) {
  EXPECT_EQ("\n" + render_chart(bare({1, 2}), 40), R"(
2 │  ●
  │
  │
  │
  │
  │
  │
  │
  │
  │
1 │●
  └───
)");
}

TEST(Chart, OfAConstantIsALineInTheMiddle) {
  EXPECT_EQ("\n" + render_chart(bare({7, 7, 7}), 40), R"(
  │
  │
  │
  │
  │
7 │● ● ●
  │
  │
  │
  │
  │
  └─────
)");
}

TEST(Chart, IsNeverWiderThanTheTerminal) {
  Chart chart = example();
  chart.values.clear();
  chart.times.clear();
  for (int i = 0; i < 32; ++i) {
    chart.values.emplace_back(i);
    chart.times.push_back("2026-11-23 01:00:" + std::to_string(10 + i) + "Z");
  }
  for (std::size_t width = 56; width < 200; ++width) {
    auto text = render_chart(chart, {width, false, true});
    while (!text.empty()) {
      const auto end = text.find('\n');
      EXPECT_LE(columns(text.substr(0, end)), width);
      text.erase(0, end + 1);
    }
  }
  EXPECT_NE(render_chart(chart, 0).find("01:00:10Z"), std::string::npos);
  EXPECT_EQ(render_chart(chart, 40).find("01:00:10Z"), std::string::npos) << "the newest only";
}

TEST(Chart, OfNothingIsAnEmptyFrame) {
  for (const auto& chart : {bare({}), bare({kGap, kGap})}) {
    const auto text = render_chart(chart, 80);
    EXPECT_EQ(std::ranges::count(text, '\n'), static_cast<std::ptrdiff_t>(kChartRows) + 1) << text;
    EXPECT_EQ(text.find("●"), std::string::npos);
  }
}

}  // namespace
}  // namespace webmon::cli
