#include "pipeline/api/metric_statistics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "lib/core/plugin.hpp"
#include "lib/stats/detector.hpp"
#include "lib/stats/moments.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

constexpr MetricSpec kMetrics[] = {
    {"count", 20'101, "count", true, 0.5, 0.1, "either side"},
    {"wait_ms", 20'102, "ms", true, 2, 0.2, "only above", Excess::slow},
    {"code", 20'103, "code", false, 0, 0, "not statistical"}};
constexpr Plugin kPlugin{.name = "statistics-test",
                         .number = 201,
                         .version = 1,
                         .stage = Stage::first,
                         .summary = "Metrics of each kind.",
                         .metrics = kMetrics};
const Registration kRegistration{kPlugin};
constexpr MetricSpec kContentMetrics[] = {
    {"tags", 301, "count", true, 0.5, 0.1, "of what the page contains"},
    {"parse_ms", 302, "ms", true, 0.5, 0.1, "only above", Excess::slow}};
constexpr Plugin kContent{.name = "content-test",
                          .number = 3,
                          .version = 1,
                          .stage = Stage::first,
                          .describes_content = true,
                          .summary = "Stands in for html-stats, which only the program links.",
                          .metrics = kContentMetrics};
const Registration kContentRegistration{kContent};

MetricStats stats(std::uint16_t number, std::uint32_t n, double mean, double sd) {
  return {.number = number, .n = n, .mean = mean, .sd = sd, .min = 0, .max = 9, .last = 3, .z = 1};
}

double at(const json::object& body, std::string_view pointer) {
  return json::value(body).at_pointer(pointer).to_number<double>();
}

store::HistoryRow row(AssetState state, bool is_late, std::vector<std::optional<float>> values) {
  return {store_time_ms(1), state, is_late, std::move(values)};
}

TEST(MetricStatistics, ASeriesHasTheValuesThatWereLearned) {
  store::History history;
  history.metrics = {20'101, 20'102};
  history.rows = {row(AssetState::up, false, {1.F, 2.F}),
                  row(AssetState::changed, false, {std::nullopt, 3.F}),
                  row(AssetState::degraded, false, {4.F, 5.F}),
                  row(AssetState::up, true, {6.F, 7.F}),
                  row(AssetState::down, false, {8.F, 9.F}),
                  row(AssetState::inconclusive, false, {10.F, 11.F}),
                  row(AssetState::paused, false, {12.F, 13.F})};
  const std::nullopt_t none = std::nullopt;
  EXPECT_EQ(series_of(history, 20'101), (Series{1, none, 4, none, none, none, 12}));
  EXPECT_EQ(series_of(history, 20'102), (Series{2, 3, 5, none, none, none, 13}));
  EXPECT_EQ(series_of(history, 20'103), Series(7)) << "a ring without this column";
  EXPECT_EQ(series_of({}, 20'101), Series{});
}

TEST(MetricStatistics, TellsSinceWhenTheLevelIsWhatItIs) {
  store::History history;
  Series series;
  for (int i = 0; i < 12; ++i) {
    history.rows.push_back(
        {store_time_ms(1'700'000'000'000 + 1'000 * i), AssetState::up, false, {}});
    series.push_back(i < 6 ? 3 : 8);
  }
  EXPECT_EQ(json::serialize(change_point_body(series, history)),
            R"({"time":"2023-11-14T22:13:26.000Z","n":6,"before":3E0,"after":8E0})");
  series[7].reset();
  series[0].reset();
  EXPECT_EQ(change_point_body(series, history).at("n"), 5);
  EXPECT_EQ(change_point_body(series, history).at("time"), "2023-11-14T22:13:26.000Z");
  series.assign(12, 3);
  EXPECT_TRUE(change_point_body(series, history).is_null());
  EXPECT_TRUE(change_point_body({}, {}).is_null());
}

TEST(MetricStatistics, TellsQuantilesOfTheRecentValues) {
  const auto body = statistics_body(stats(20'101, 30, 5, 1), {1, std::nullopt, 5, 2, 4, 3}, false);
  EXPECT_EQ(at(body, "/recent"), 5);
  EXPECT_DOUBLE_EQ(at(body, "/quantiles/p05"), 1.2);
  EXPECT_DOUBLE_EQ(at(body, "/quantiles/p25"), 2);
  EXPECT_DOUBLE_EQ(at(body, "/quantiles/p50"), 3);
  EXPECT_DOUBLE_EQ(at(body, "/quantiles/p75"), 4);
  EXPECT_DOUBLE_EQ(at(body, "/quantiles/p95"), 4.8);
  EXPECT_DOUBLE_EQ(at(body, "/mad"), 1.482602218505602);
  const auto none = statistics_body(stats(20'101, 30, 5, 1), Series(3), false);
  EXPECT_EQ(at(none, "/recent"), 0);
  EXPECT_TRUE(none.at("quantiles").is_null());
  EXPECT_TRUE(none.at("mad").is_null());
}

TEST(MetricStatistics, TellsQuantilesOfTheWholeHistoryOfATiming) {
  QuantileSketch sketch;
  for (int i = 1; i <= 1'000; ++i) ASSERT_TRUE(sketch.add(i));
  auto timing = stats(20'102, 1'200, 500, 300);
  timing.min = 1;
  timing.max = 2'000;  // of what was learned before there were sketches
  const auto body = history_quantiles_body(&sketch, timing);
  ASSERT_TRUE(body.is_object());
  EXPECT_EQ(body.at("n"), 1'000);
  EXPECT_EQ(body.at("accuracy"), QuantileSketch::kAccuracy);
  for (const auto& [name, exact] :
       {std::pair{"p50", 500.0}, {"p90", 900}, {"p95", 950}, {"p99", 990}})
    EXPECT_NEAR(body.at(name).as_double() / exact, 1, QuantileSketch::kAccuracy) << name;
  EXPECT_TRUE(history_quantiles_body(nullptr, timing).is_null());
}

TEST(MetricStatistics, AQuantileOfTheHistoryIsNotBeyondItsExtremes) {
  QuantileSketch sketch;
  ASSERT_TRUE(sketch.add(110.2));
  auto timing = stats(20'102, 1, 110.2, 0);
  timing.min = timing.max = 110.2;
  const auto body = history_quantiles_body(&sketch, timing);
  for (const char* name : {"p50", "p99"}) EXPECT_EQ(body.at(name), 110.2);
}

TEST(MetricStatistics, TheBandIsWhereTheDetectorSeesNoExcess) {
  Moments before;
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(before.add(10 + i % 3));
  for (const auto number : std::to_array<std::uint16_t>({20'101, 20'102})) {
    SCOPED_TRACE(number);
    const auto& spec = *find_metric(number);
    const auto body = statistics_body(stats(number, before.n, before.mean, before.sd()), {}, true);
    EXPECT_TRUE(body.at("muted").is_null());
    const double high = at(body, "/band/high");
    EXPECT_FALSE(score(high - 1e-9, before, spec).is_excessive);
    EXPECT_TRUE(score(high + 1e-9, before, spec).is_excessive);
    if (number == 20'102) {
      EXPECT_TRUE(body.at("band").at("low").is_null()) << "nobody minds a quick answer";
      continue;
    }
    const double low = at(body, "/band/low");
    EXPECT_FALSE(score(low + 1e-9, before, spec).is_excessive);
    EXPECT_TRUE(score(low - 1e-9, before, spec).is_excessive);
  }
}

TEST(MetricStatistics, SayWhyAMetricIsNotJudged) {
  const auto young = statistics_body(stats(20'101, 7, 5, 1), {}, false);
  EXPECT_EQ(young.at("muted").at("code").as_string(), "warm_up");
  EXPECT_EQ(young.at("muted").at("detail").as_string(), "7 of 20 observations");
  EXPECT_TRUE(young.at("band").is_null());
  EXPECT_FALSE(statistics_body(stats(20'101, kWarmup - 1, 5, 1), {}, false).at("muted").is_null());
  EXPECT_TRUE(statistics_body(stats(20'101, kWarmup, 5, 1), {}, false).at("muted").is_null());
  for (const auto number : std::to_array<std::uint16_t>({20'103, 20'199})) {
    const auto body = statistics_body(stats(number, 50, 5, 1), {}, false);
    EXPECT_EQ(body.at("muted").at("code").as_string(), "retired") << number;
    EXPECT_TRUE(body.at("band").is_null());
  }
}

TEST(MetricStatistics, ChangesOfThePagesContentAreInfoWhereThePageIsComparedAsAWhole) {
  const auto count = stats(301, 50, 5, 1);
  const auto body = statistics_body(count, {}, true);
  EXPECT_EQ(body.at("muted").at("code").as_string(), "page_detector");
  EXPECT_FALSE(body.at("band").is_null()) << "what is outside is still told";
  EXPECT_TRUE(statistics_body(count, {}, false).at("muted").is_null());
  EXPECT_TRUE(statistics_body(stats(302, 50, 5, 1), {}, true).at("muted").is_null()) << "slow";
  EXPECT_TRUE(statistics_body(stats(20'101, 50, 5, 1), {}, true).at("muted").is_null());
  EXPECT_EQ(statistics_body(stats(301, 3, 5, 1), {}, true).at("muted").at("code").as_string(),
            "warm_up");
}

TEST(MetricStatistics, ABandBeyondAllNumbersIsNone) {
  const auto body = statistics_body(stats(20'101, 50, 1.7e308, 0), {}, false);
  EXPECT_TRUE(body.at("band").at("high").is_null());
  EXPECT_NO_THROW(json::parse(json::serialize(body)));
}

TEST(MetricStatistics, ASeriesIsNumbersAndNulls) {
  EXPECT_EQ(json::serialize(series_body({1, std::nullopt, 2.5})), "[1E0,null,2.5E0]");
}

}  // namespace
}  // namespace webmon::api
