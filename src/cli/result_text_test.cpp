#include "cli/result_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/exit_code.hpp"
#include "cli/session.hpp"
#include "cli/stats_text.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

json::object changed_page() {
  auto reports = json::parse(R"([
    {"plugin":"http-probe","state":"ok","reason":"","metrics":{"status":200,"total_ms":12.4,"body_bytes_decoded":34120},
     "facts":{"server":"\u001b[2Jnginx"},"findings":[]},
    {"plugin":"html-stats","state":"crit","reason":"excessive_change","metrics":{"iframe_count":1},"facts":{},"findings":[
      {"severity":"info","code":"x","message":"a detail"},
      {"severity":"crit","code":"excessive_change","message":"iframe_count is 1","evidence":"<iframe>"}]}])");
  return result_json("http://a.example/", "changed", reports.as_array());
}

TEST(Result, TakesItsHeadlineFromTheProbe) {
  const auto result = changed_page();
  EXPECT_EQ(result.at("status").to_number<int>(), 200);
  EXPECT_EQ(result.at("bytes").to_number<int>(), 34120);
}

TEST(Result, TellsFindingsWorstFirst) {
  EXPECT_THAT(findings_in_words(changed_page()), ElementsAre("iframe_count is 1", "a detail"));
}

TEST(Result, SaysWhatIsOnlyForInformationWhereThePageIsNotUp) {
  const auto reports = json::parse(
      R"([{"plugin":"page-class","state":"inconclusive","reason":"captcha","findings":[
           {"severity":"info","code":"captcha","message":"a captcha came"}]}])");
  const auto words = [&](const char* state) {
    return findings_in_words(result_json("http://a/", state, reports.as_array()));
  };
  EXPECT_THAT(words("inconclusive"), ElementsAre("a captcha came"));
  EXPECT_THAT(words("up"), ::testing::IsEmpty());
}

TEST(Result, AlwaysSaysSomethingOfAPageThatIsNotUp) {
  EXPECT_THAT(findings_in_words(result_json("http://a/", "down", {})), ::testing::SizeIs(1));
  const auto reports =
      json::parse(R"([{"plugin":"http-probe","state":"crit","reason":"timeout","findings":[]}])");
  EXPECT_THAT(findings_in_words(result_json("http://a/", "down", reports.as_array())),
              ElementsAre("http-probe: timeout"));
}

TEST(Result, SaysWhatIsIgnored) {
  const auto text = [](const char* fact) {
    auto reports = json::parse(std::string{R"([{"plugin":"http-probe","state":"ok","facts":{}},
        {"plugin":"html-stats","state":"ok","reason":"","facts":{"ignored":)"} +
                               fact + "}}]");
    return render_result(result_json("http://a/", "up", reports.as_array()), {});
  };
  EXPECT_THAT(text(R"({"rules":2,"elements":3,"attributes":0,"matches":1,"bytes":1234})"),
              HasSubstr("\nignored: 3 elements, 1 match, " + human_bytes(1234) + " (2 rules)\n"));
  EXPECT_THAT(text(R"({"rules":1,"elements":0,"attributes":0,"matches":0,"bytes":0,
                       "idle":["css .a"]})"),
              HasSubstr("\nignored: " + human_bytes(0) + " (1 rule; nothing found: css .a)\n"));
  EXPECT_THAT(
      text(R"({"rules":1,"elements":0,"attributes":2,"matches":0,"bytes":9,"limited":true})"),
      HasSubstr("(1 rule; a bound was reached, some of it may be left)"));
  EXPECT_THAT(render_result(changed_page(), {}), Not(HasSubstr("ignored")));
}

TEST(Result, ShowsFactsAsPeopleWriteThem) {
  auto reports = json::parse(R"([{"plugin":"tech","state":"ok","reason":"","facts":{
      "hosts":["a.example","b.example"],"none":[],"products":[{"name":"nginx","confidence":0.9,"is_old":false}],
      "share":0.25,"h3_ok":null}}])");
  const auto text = render_result(result_json("http://a/", "up", reports.as_array()), 0);
  EXPECT_THAT(text, HasSubstr("a.example, b.example\n"));
  EXPECT_THAT(text, HasSubstr("[]\n"));
  EXPECT_THAT(text, HasSubstr(R"([{"name":"nginx","confidence":0.9,"is_old":false}])"));
  EXPECT_THAT(text, HasSubstr("0.25\n"));
  EXPECT_THAT(text, HasSubstr("null\n"));
}

TEST(Result, LetsNoControlCharacterOfAPageReachTheTerminal) {
  const auto text = render_result(changed_page(), 0);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("\\x1b[2Jnginx"));
  EXPECT_THAT(text, HasSubstr("iframe_count"));
}

TEST(Result, SurvivesAnswersOfAnotherShape) {
  for (const auto* text :
       {"[]", "[1,null,\"x\"]", "[{\"plugin\":5,\"metrics\":[],\"facts\":3,\"findings\":{}}]"}) {
    const auto result = result_json("http://a/", "up", json::parse(text).as_array());
    EXPECT_NE(render_result(result, 80), "");
    EXPECT_NE(render_results({result}, 80), "");
  }
}

json::value statistics_of_three() {
  return json::parse(
      R"({"n":30,"times":["2026-11-23T01:48:00.000Z","2026-11-23T01:49:00.000Z"],"items":[
    {"plugin":"http-probe","name":"total_ms","unit":"ms","n":30,"mean":12,"sd":1,"min":9,"max":15,"last":13,"z":1,
     "recent":2,"quantiles":{"p05":11.1,"p25":11.5,"p50":12,"p75":12.5,"p95":12.9},"mad":1,
     "band":{"low":null,"high":16},"muted":null,"series":[11,13]},
    {"plugin":"html-stats","name":"words","unit":"count","n":7,"mean":100,"sd":0,"min":100,"max":100,"last":100,"z":0,
     "recent":1,"quantiles":{"p05":100,"p25":100,"p50":100,"p75":100,"p95":100},"mad":0,
     "band":null,"muted":{"code":"warm_up","detail":"7 of 20 observations"},"series":[null,100]},
    {"plugin":"html-stats","name":"iframes","unit":"count","n":30,"mean":0,"sd":0,"min":0,"max":0,"last":0,"z":0,
     "recent":0,"quantiles":null,"mad":null,"band":{"low":-5,"high":5},"muted":null,"series":[null,null]}]})");
}

TEST(Statistics, ShowsQuantilesALineOfRecentValuesAndWhyAMetricIsMuted) {
  EXPECT_EQ("\n" + render_statistics(statistics_of_three(), false, 0), R"(
30 observations
METRIC    LAST  MEAN  SIGMA  MIN   P05  P50   P95  MAX   N    Z  UNIT   RECENT  MUTED
total_ms    13    12      1    9  11.1   12  12.9   15  30  1.0  ms     ▁█
words      100   100      0  100   100  100   100  100   7  0.0  count   ▄      7 of 20 observations
(1 metrics that have always been 0 are not shown; --all shows them)
)");
}

TEST(Statistics, LeavesColumnsOutWhereTheTerminalIsNarrow) {
  for (const std::size_t width : {76U, 80U, 90U, 100U}) {
    const auto text = render_statistics(statistics_of_three(), true, width);
    EXPECT_THAT(text, HasSubstr("P50"));
    std::string_view rest = text;
    for (int i = 0; i < 5; ++i) {  // the last line is a sentence
      const auto end = rest.find('\n');
      EXPECT_LE(columns(rest.substr(0, end)), width) << rest;
      rest.remove_prefix(std::min(end, rest.size() - 1) + 1);
    }
    EXPECT_EQ(width < 100, text.find("P05") == std::string::npos) << text;
  }
}

TEST(Statistics, HasNoColumnOfMutedMetricsWhereNoneIs) {
  auto statistics = statistics_of_three();
  statistics.at("items").as_array()[1].as_object()["muted"] = nullptr;
  EXPECT_THAT(render_statistics(statistics, true, 0), Not(HasSubstr("MUTED")));
  EXPECT_THAT(render_statistics(statistics, true, {0, false, false}), HasSubstr(" _#\n"));
}

TEST(Statistics, DrawsOneMetricWithItsBandAndItsTimes) {
  const auto statistics = statistics_of_three();
  const auto* item = find_metric_item(statistics, "total_ms");
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(find_metric_item(statistics, "total"), nullptr);
  EXPECT_EQ("\n" + render_metric(statistics, *item, 0), R"(
total_ms, ms of http-probe, the last 2 of 30 observations
Excessive above 16.

high 16 │┄┄┄
        │
        │
        │
        │
        │
        │  ●
        │
mean 12 │───
        │
     11 │●
        └───
         2026-11-23 01:48:00Z  2026-11-23 01:49:00Z

METRIC    LAST  MEAN  SIGMA  MIN   P05  P50   P95  MAX   N    Z  UNIT  RECENT
total_ms    13    12      1    9  11.1   12  12.9   15  30  1.0  ms    ▁█
)");
}

TEST(Statistics, OfAWideBandHaveAChartOfTheValuesAndSayTheBand) {
  auto statistics = statistics_of_three();
  auto& item = statistics.at("items").as_array()[0].as_object();
  item["band"] = json::parse(R"({"low":-50,"high":90})");
  item["muted"] = json::parse(R"({"code":"page_detector","detail":"page as a whole decides"})");
  const auto text = render_metric(statistics, item, 0);
  EXPECT_THAT(
      text,
      HasSubstr(
          "Excessive below -50 and above 90.\nNo warning by itself: page as a whole decides.\n"));
  EXPECT_THAT(text, HasSubstr("\n     13 │  ●\n"));
  EXPECT_THAT(text, HasSubstr("\n     11 │●\n"));
}

TEST(Statistics, SaySinceWhenTheLevelIsWhatItIs) {
  auto statistics = statistics_of_three();
  auto& item = statistics.at("items").as_array()[0].as_object();
  item["change_point"] =
      json::parse(R"({"time":"2026-11-23T01:49:00.000Z","n":9,"before":12.5,"after":30})");
  EXPECT_THAT(
      render_metric(statistics, item, 0),
      HasSubstr("\nLevel changed from 12.5 to 30 at 2026-11-23 01:49:00Z, 9 values ago.\n\n"));
}

json::value with_history_quantiles(json::value statistics) {
  statistics.at("items").as_array()[0].as_object()["history_quantiles"] =
      json::parse(R"({"n":1234,"p50":112.34,"p90":199.96,"p95":240,"p99":5126.7,"accuracy":0.03})");
  statistics.at("items").as_array()[1].as_object()["history_quantiles"] = nullptr;
  return statistics;
}

TEST(Statistics, OfATimingTellQuantilesOfItsWholeHistory) {
  const auto statistics = with_history_quantiles(statistics_of_three());
  EXPECT_THAT(render_metric(statistics, *find_metric_item(statistics, "total_ms"), 0),
              HasSubstr("\nExcessive above 16.\nOver 1234 observations: p50 112 ms, p90 200 ms, "
                        "p95 240 ms, p99 5130 ms (each within 3 %).\n\n"));
  EXPECT_THAT(render_metric(statistics, *find_metric_item(statistics, "words"), 0),
              Not(HasSubstr("Over ")));
}

TEST(Statistics, EndWithTheTimings) {
  const auto text = render_statistics(with_history_quantiles(statistics_of_three()), false, 0);
  EXPECT_TRUE(text.ends_with(R"(
Timings over their whole history, each quantile within 3 %:
TIMING    P50  P90  P95   P99  MAX     N  UNIT
total_ms  112  200  240  5130   15  1234  ms
)")) << text;
}

TEST(Statistics, SayOnceThatThePageAsAWholeDecides) {
  auto statistics = statistics_of_three();
  for (auto& item : statistics.at("items").as_array())
    item.as_object()["muted"] =
        json::parse(R"({"code":"page_detector","detail":"page as a whole decides"})");
  const auto text = render_statistics(statistics, true, 0);
  EXPECT_THAT(text, Not(HasSubstr("MUTED")));
  EXPECT_THAT(
      text,
      HasSubstr(
          "\n(3 metrics of content are no warning by themselves: the page as a whole decides)\n"));
}

TEST(Statistics, HaveNoNegativeZero) {
  auto statistics = statistics_of_three();
  statistics.at("items").as_array()[1].as_object()["z"] = -0.04;
  EXPECT_THAT(render_statistics(statistics, true, 0), Not(HasSubstr("-0.0")));
}

TEST(Statistics, OfAnOlderServerHaveNoQuantilesAndNoLine) {
  const auto statistics = json::parse(
      R"({"n":70,"items":[{"name":"words","n":70,"mean":100,"sd":2,"min":90,"max":110,"last":101,"z":0.5}]})");
  EXPECT_THAT(render_statistics(statistics, true, 0), HasSubstr("words    101   100"));
  EXPECT_NE(render_metric(statistics, *find_metric_item(statistics, "words"), 80), "");
}

TEST(Statistics, ShowsOnlyTheUnusualWorstFirst) {
  const auto statistics = json::parse(R"({"n":70,"items":[
    {"name":"words","n":70,"mean":100,"sd":2,"last":101,"z":0.5},
    {"name":"iframe_count","n":70,"mean":0.01,"sd":0.1,"last":1,"z":6.6},
    {"name":"text_bytes","n":70,"mean":900,"sd":1,"last":100,"z":-80}]})");
  const auto text = render_excesses(statistics, 0);
  EXPECT_LT(text.find("text_bytes"), text.find("iframe_count"));
  EXPECT_THAT(text, Not(HasSubstr("words")));
}

TEST(Statistics, ShowsTheHistoryThatTheLastValueWasJudgedAgainst) {
  // 0 sixty-nine times, then 1: n, mean and sd of all seventy, as the API tells them.
  const auto statistics = json::parse(
      R"({"n":70,"items":[{"name":"iframe_count","n":70,"mean":0.0142857142857,"sd":0.1195228609334,"last":1,"z":6.7}]})");
  EXPECT_THAT(render_excesses(statistics, 0),
              ::testing::HasSubstr("iframe_count      1     0      0  69  6.7"));
}

TEST(Verdict, IsTheWorstOfAllPages) {
  const auto page = [](const char* state) { return result_json("http://a/", state, {}); };
  EXPECT_EQ(verdict({}), kOk);
  EXPECT_EQ(verdict({page("up"), page("up")}), kOk);
  EXPECT_EQ(verdict({page("up"), page("down")}), kNotOk);
  EXPECT_EQ(verdict({page("changed"), page("unknown")}), kFailed);
}

}  // namespace
}  // namespace webmon::cli
