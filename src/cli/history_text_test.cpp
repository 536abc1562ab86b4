#include "cli/history_text.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

const boost::json::value kAnswer = boost::json::parse(
    R"({"metrics":[{"name":"status"},{"name":"total_ms"}],"items":[
      {"observed":"2026-11-23T01:49:00.000Z","state":"up","late":false,"values":[200,43.1]},
      {"observed":"2026-11-23T01:50:00.000Z","state":"down","late":true,"values":[null]}],"next":null})");

TEST(History, GivesEverySampleItsMetricsByName) {
  const auto samples = history_samples(kAnswer);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(boost::json::serialize(samples[0]),
            R"({"observed":"2026-11-23T01:49:00.000Z","state":"up","late":false,)"
            R"("metrics":{"status":200,"total_ms":4.31E1}})");
  EXPECT_EQ(boost::json::serialize(samples[1].at("metrics")), R"({"status":null})");
}

TEST(History, ShowsTheMetricsAskedForAndLeavesOutWhatIsNotThere) {
  EXPECT_EQ(render_history(kAnswer, {"total_ms"}, 0),
            "OBSERVED                  STATE  LATE  total_ms\n"
            "2026-11-23T01:49:00.000Z  up               43.1\n"
            "2026-11-23T01:50:00.000Z  down   late\n");
}

TEST(History, BearsAnAnswerThatIsSomethingElse) {
  EXPECT_TRUE(history_samples(boost::json::parse(R"({"items":7})")).empty());
  EXPECT_EQ(render_history(nullptr, {}, 0), "OBSERVED  STATE  LATE\n");
}

}  // namespace
}  // namespace webmon::cli
