#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/core/rng.hpp"
#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> sentences(int count, std::uint64_t seed = 1) {
  SeededRng rng{seed};
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    std::string line = "The";
    for (int w = 0; w < 9; ++w) line += " w" + std::to_string(rng.next() % 100'000);
    lines.push_back(line + ".");
  }
  return lines;
}

std::string html(const std::vector<std::string>& lines) {
  std::string body = "<body>";
  for (const auto& line : lines) body += "<p>" + line + "</p>";
  return body;
}

PluginOutput check(const std::vector<std::string>& lines, std::string_view state = {}) {
  return run_plugin("text-diff", page_for_test(html(lines)), state);
}

TEST(TextDiff, TheFirstTextIsComparedWithNothing) {
  const auto output = check(sentences(5));
  EXPECT_EQ(output.report.state, ReportState::ok);
  EXPECT_TRUE(output.report.metrics.empty());
  EXPECT_TRUE(output.report.facts.empty());
}

TEST(TextDiff, TheSameTextHasNoDifference) {
  const auto lines = sentences(50);
  const Report report = check(lines, check(lines).next_state).report;
  for (const auto* name : {"lines_added", "lines_removed", "lines_moved", "pct_changed"})
    EXPECT_EQ(value_of(report, name), 0) << name;
  EXPECT_EQ(fact(report, "baseline_ts"), "\"" + to_rfc3339(store_time_ms(kNowMs)) + "\"");
  EXPECT_EQ(fact(report, "excerpt"), "(none)");
}

TEST(TextDiff, CountsLinesExactlyUpTo160) {
  const auto before = sentences(100);
  auto after = before;
  after.erase(after.begin() + 10, after.begin() + 14);
  after.insert(after.begin() + 50, {"Hacked by nobody in particular.", "Free watches here."});
  const Report report = check(after, check(before).next_state).report;
  EXPECT_EQ(value_of(report, "lines_added"), 2);
  EXPECT_EQ(value_of(report, "lines_removed"), 4);
  EXPECT_EQ(value_of(report, "lines_moved"), 0);
  EXPECT_DOUBLE_EQ(value_of(report, "pct_changed"), 100.0 * 6 / (100 + 98));
  EXPECT_EQ(fact(report, "excerpt"), R"(["Hacked by nobody in particular.","Free watches here."])");
  EXPECT_THAT(fact(report, "words_added"), HasSubstr("Hacked"));
  EXPECT_THAT(fact(report, "words_added"), HasSubstr("\"watches\""));
  EXPECT_EQ(fact(report, "estimated"), "(none)");
}

TEST(TextDiff, ALineThatIsElsewhereHasMoved) {
  const auto before = sentences(30);
  auto after = before;
  std::rotate(after.begin() + 3, after.begin() + 4, after.begin() + 20);  // one line goes down
  const Report report = check(after, check(before).next_state).report;
  EXPECT_EQ(value_of(report, "lines_added"), 0);
  EXPECT_EQ(value_of(report, "lines_removed"), 0);
  EXPECT_EQ(value_of(report, "lines_moved"), 1);
  EXPECT_EQ(value_of(report, "pct_changed"), 0);
}

TEST(TextDiff, EqualLinesAreCountedOneByOne) {
  const std::vector<std::string> three(3, "All the same here.");
  const std::vector<std::string> five(5, "All the same here.");
  EXPECT_EQ(value_of(check(five, check(three).next_state).report, "lines_added"), 2);
  EXPECT_EQ(value_of(check(three, check(five).next_state).report, "lines_removed"), 2);
}

TEST(TextDiff, EstimatesTheLinesOfALongPage) {
  const auto before = sentences(2000);
  auto after = before;
  const auto fresh = sentences(500, 2);
  std::ranges::copy(fresh, after.begin() + 700);  // 500 of 2,000 lines replaced
  const Report report = check(after, check(before).next_state).report;
  EXPECT_EQ(fact(report, "estimated"), "true");
  EXPECT_NEAR(value_of(report, "lines_added"), 500, 200);
  EXPECT_NEAR(value_of(report, "lines_removed"), 500, 200);
  EXPECT_NEAR(value_of(report, "pct_changed"), 25, 9);
  EXPECT_LE(report.facts.at("words_added").as_array().size(), 20U);
}

TEST(TextDiff, AWordMoreChangesOneLineOnlyWhereNoSentenceEnds) {
  std::string words;
  for (const auto& line : sentences(60)) words += line.substr(0, line.size() - 1) + " ";
  const auto before = check({words}).next_state;
  words.insert(words.find(' ', 500), " inserted");
  const Report report = check({words}, before).report;
  EXPECT_GE(value_of(report, "lines_added"), 1);
  EXPECT_LE(value_of(report, "lines_added"), 3);
}

TEST(TextDiff, TextWithoutSpacesAndHostileBytesIsBounded) {
  std::string body;
  for (int i = 0; i < 200'000; ++i) body += "\xe6\xbc\xa2";
  const auto state = run_plugin("text-diff", page_for_test("<p>" + body)).next_state;
  const Report report = run_plugin("text-diff", page_for_test("<p>\xff\xfe" + body), state).report;
  EXPECT_LE(value_of(report, "pct_changed"), 100);
  EXPECT_FALSE(run_plugin("text-diff", page_for_test("<p>" + std::string(500'000, '.')), state)
                   .next_state.empty());
}

TEST(TextDiff, BeginsAnewFromAStateThatIsNone) {
  for (const std::string& odd : {std::string("x"), std::string(12, '\0'), std::string(13, 'a')}) {
    EXPECT_TRUE(check(sentences(3), odd).report.metrics.empty());
  }
}

TEST(TextDiff, SkipsWhatHasNoTextAndKeepsWhatItKnew) {
  Page page = page_for_test("{}", "application/json");
  EXPECT_EQ(run_plugin("text-diff", page, "kept").report.reason, "not_html");
  EXPECT_EQ(run_plugin("text-diff", page, "kept").next_state, "kept");
  page.status = 500;
  EXPECT_EQ(run_plugin("text-diff", page).report.reason, "no_page");
}

}  // namespace
}  // namespace webmon::plugins
