#include "pipeline/executor/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <new>
#include <stdexcept>

#include "lib/stats/asset_state.hpp"
#include "lib/stats/model.hpp"

namespace webmon::executor {
namespace {

using ::testing::ElementsAre;

// ---- plugins of this test: each does one thing

Report ok_with(std::uint16_t number, double value) {
  Report report;
  report.metrics = {{number, value}};
  return report;
}

constexpr std::array kSizeMetrics{MetricSpec{"size", 25000, "bytes", true, 1, 0.01, "size"}};
PluginOutput run_size(const PluginInput& input) {
  auto report = ok_with(25000, static_cast<double>(input.page.body.size()));
  report.metrics.push_back({25000, std::numeric_limits<double>::infinity()});
  report.metrics.push_back({199, 1});  // somebody else's
  report.facts["state"] = input.state;
  return {std::move(report), std::string{input.state} + "x"};
}
constexpr Plugin kSize{.name = "t-size",
                       .number = 250,
                       .version = 3,
                       .stage = Stage::first,
                       .summary = "size of the body",
                       .metrics = kSizeMetrics,
                       .run = run_size};
const Registration kSizeRegistration{kSize};

PluginOutput run_throw(const PluginInput& input) {
  if (input.page.body == "no memory") throw std::bad_alloc{};
  if (input.page.body == "odd") throw 7;
  throw std::runtime_error{"thrown on purpose"};
}
constexpr Plugin kThrow{
    .name = "t-throw", .number = 251, .version = 1, .stage = Stage::first, .run = run_throw};

PluginOutput run_long_state(const PluginInput&) {
  return {Report{}, std::string(kMaxPluginState + 1, 's')};
}
constexpr Plugin kLongState{
    .name = "t-long-state", .number = 252, .version = 1, .run = run_long_state};

PluginOutput run_second(const PluginInput& input) {
  Report report;
  for (const auto& earlier : input.earlier) report.facts[std::to_string(earlier.plugin)] = true;
  return {std::move(report), {}};
}
constexpr Plugin kSecond{
    .name = "t-second", .number = 249, .version = 1, .stage = Stage::second, .run = run_second};

/// Stands in for http-probe, which decides whether a page is down.
PluginOutput run_probe(const PluginInput& input) {
  Report report;
  if (input.page.outcome != Outcome::ok) {
    report.state = ReportState::crit;
    report.reason = "outcome";
  }
  return {std::move(report), {}};
}
constexpr Plugin kProbe{.name = "t-probe", .number = kHttpProbe, .version = 1, .run = run_probe};

constexpr std::array<const Plugin*, 1> kOnlySize{&kSize};
constexpr std::array<const Plugin*, 2> kSizeAndThrow{&kSize, &kThrow};

Page page_of(std::string body) {
  Page page;
  page.outcome = Outcome::ok;
  page.status = 200;
  page.body = std::move(body);
  return page;
}

const store::PluginEntry& entry(const std::vector<store::PluginEntry>& entries, int plugin) {
  for (const auto& one : entries)
    if (one.report.plugin == plugin) return one;
  throw std::out_of_range{"no such entry"};
}

// ---- running plugins

TEST(RunPlugins, FillsInPluginAndVersionAndKeepsOnlyItsOwnFiniteMetrics) {
  const Asset asset;
  const auto page = page_of("12345");
  const auto entries = run_plugins({.asset = asset, .page = page}, kOnlySize);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].report.plugin, 250);
  EXPECT_EQ(entries[0].report.version, 3);
  EXPECT_THAT(entries[0].report.metrics, ElementsAre(Metric{25000, 5}));
}

TEST(RunPlugins, AThrowingPluginIsErrorInItsOwnReportOnly) {
  struct Case {
    std::string body;
    std::string_view reason;
  };
  const Asset asset;
  for (const auto& c : {Case{"other", kReasonException}, Case{"no memory", kReasonOutOfMemory},
                        Case{"odd", kReasonException}}) {
    SCOPED_TRACE(c.body);
    const auto page = page_of(c.body);
    const auto entries = run_plugins({.asset = asset, .page = page}, kSizeAndThrow);
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entry(entries, 250).report.state, ReportState::ok);
    EXPECT_EQ(entry(entries, 251).report.state, ReportState::error);
    EXPECT_EQ(entry(entries, 251).report.reason, c.reason);
  }
}

TEST(RunPlugins, GivesAStateBackOnlyToTheSameVersion) {
  const Asset asset;
  const auto page = page_of("x");
  const std::array same{store::PluginState{250, 3, "old"}};
  const std::array other{store::PluginState{250, 2, "old"}};
  const auto kept = run_plugins({.asset = asset, .page = page, .states = same}, kOnlySize);
  const auto dropped = run_plugins({.asset = asset, .page = page, .states = other}, kOnlySize);
  EXPECT_EQ(kept[0].state, "oldx");
  EXPECT_EQ(dropped[0].state, "x");
}

TEST(RunPlugins, ATooLongStateIsAnErrorAndIsNotKept) {
  const Asset asset;
  const auto page = page_of("x");
  const std::array<const Plugin*, 1> plugins{&kLongState};
  const auto entries = run_plugins({.asset = asset, .page = page}, plugins);
  EXPECT_EQ(entries[0].report.state, ReportState::error);
  EXPECT_EQ(entries[0].report.reason, kReasonStateTooLong);
  EXPECT_TRUE(entries[0].state.empty());
}

TEST(RunPlugins, ABlamedPluginIsNotRunAndReportsError) {
  const Asset asset;
  const auto page = page_of("x");
  const std::array<std::uint8_t, 1> off{250};
  std::vector<int> entered;
  const auto marker = [&](std::uint8_t plugin) { entered.push_back(plugin); };
  const auto entries =
      run_plugins({.asset = asset, .page = page, .off = off, .marker = marker}, kOnlySize);
  EXPECT_EQ(entries[0].report.state, ReportState::error);
  EXPECT_EQ(entries[0].report.reason, kReasonBlamed);
  EXPECT_TRUE(entered.empty());
}

TEST(RunPlugins, MarksEntryAndExitOfEveryPluginAlsoOfOneThatThrows) {
  const Asset asset;
  const auto page = page_of("x");
  std::vector<int> entered;
  const auto marker = [&](std::uint8_t plugin) { entered.push_back(plugin); };
  (void)run_plugins({.asset = asset, .page = page, .marker = marker}, kSizeAndThrow);
  EXPECT_THAT(entered, ElementsAre(250, 0, 251, 0));
}

TEST(RunPlugins, SecondStageSeesTheReportsOfTheFirst) {
  const Asset asset;
  const auto page = page_of("x");
  const std::array<const Plugin*, 3> plugins{&kSecond, &kSize, &kThrow};
  const auto entries = run_plugins({.asset = asset, .page = page}, plugins);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].report.plugin, 249) << "sorted by number, whatever the stage";
  EXPECT_TRUE(entries[0].report.facts.contains("250"));
  EXPECT_TRUE(entries[0].report.facts.contains("251"));
}

TEST(RunPlugins, ADisabledPluginIsAbsent) {
  Asset asset;
  asset.plugins["t-size"] = boost::json::object{{"enabled", false}};
  const auto page = page_of("x");
  EXPECT_TRUE(run_plugins({.asset = asset, .page = page}, kOnlySize).empty());
}

// ---- judging

std::vector<store::PluginEntry> entries_of(const Asset& asset, const Page& page) {
  static constexpr std::array<const Plugin*, 2> kPlugins{&kProbe, &kSize};
  return run_plugins({.asset = asset, .page = page}, kPlugins);
}

CheckResult judged(const Asset& asset, const Page& page, std::string_view model,
                   bool is_late = false) {
  return judge_entries(asset, page, entries_of(asset, page), model, is_late).result;
}

TEST(JudgeEntries, LearnsAPageThatAnswered) {
  const Asset asset;
  const auto result = judged(asset, page_of("12345"), {});
  EXPECT_EQ(result.state, AssetState::up);
  EXPECT_TRUE(result.has_learned);
  ASSERT_EQ(result.stats.size(), 1U);
  EXPECT_EQ(result.stats[0].n, 1U);
  EXPECT_EQ(result.stats[0].last, 5);
  EXPECT_FALSE(result.model.empty());
}

TEST(JudgeEntries, DoesNotLearnAPageThatIsDownInDoubtOrLate) {
  const Asset asset;
  auto down = page_of("");
  down.outcome = Outcome::timeout;
  auto doubtful = page_of("");
  doubtful.outcome = Outcome::inconclusive;
  EXPECT_EQ(judged(asset, down, {}).state, AssetState::down);
  EXPECT_EQ(judged(asset, doubtful, {}).state, AssetState::inconclusive);
  for (const auto& result : {judged(asset, down, {}), judged(asset, doubtful, {}),
                             judged(asset, page_of("x"), {}, true)}) {
    EXPECT_FALSE(result.has_learned);
    EXPECT_TRUE(result.model.empty());
    EXPECT_TRUE(result.stats.empty());
  }
}

TEST(JudgeEntries, APausedAssetStaysPausedWhateverThePageDoes) {
  Asset asset;
  asset.enabled = false;
  auto down = page_of("");
  down.outcome = Outcome::timeout;
  EXPECT_EQ(judged(asset, page_of("x"), {}).state, AssetState::paused);
  EXPECT_EQ(judged(asset, down, {}).state, AssetState::paused);
}

TEST(JudgeEntries, AnExcessiveChangeAgainstTheModelMakesTheAssetChanged) {
  const Asset asset;
  std::string model;
  for (int i = 0; i < 60; ++i) model = judged(asset, page_of(std::string(1'000, 'a')), model).model;
  EXPECT_EQ(judged(asset, page_of(std::string(1'000, 'a')), model).state, AssetState::up);
  const auto result = judged(asset, page_of(std::string(90'000, 'a')), model);
  EXPECT_EQ(result.state, AssetState::changed);
  EXPECT_FALSE(entry(result.entries, 250).report.findings.empty());
}

TEST(JudgeEntries, JudgingAgainByANewerModelCountsTheObservationOnce) {
  const Asset asset;
  const auto first = judged(asset, page_of("12345"), {});
  const auto other = judged(asset, page_of("123"), {});  // committed meanwhile by another executor
  const auto again = judged(asset, page_of("12345"), other.model);
  EXPECT_EQ(first.stats[0].n, 1U);
  EXPECT_EQ(again.stats[0].n, 2U);
  EXPECT_EQ(again.stats[0].mean, 4);
}

TEST(JudgeEntries, ATornModelIsBegunAnewWithAWarning) {
  const Asset asset;
  const auto page = page_of("12345");
  const auto verdict = judge_entries(asset, page, entries_of(asset, page), "\xff garbage", false);
  EXPECT_FALSE(verdict.warning.empty());
  ASSERT_EQ(verdict.result.stats.size(), 1U);
  EXPECT_EQ(verdict.result.stats[0].n, 1U);
}

TEST(CheckOnce, RunsAllRegisteredPluginsWithoutHistory) {
  const Asset asset;
  const auto page = page_of("12345");
  const auto result = check_once({.asset = asset, .page = page});
  ASSERT_EQ(result.entries.size(), 1U);
  EXPECT_EQ(result.entries[0].report.plugin, 250);
  EXPECT_EQ(result.state, AssetState::up);
}

TEST(AddFeatures, ReadsHtmlAndNothingElse) {
  auto page = page_of("<!doctype html><title>t</title><p>one two</p>");
  page.headers = {{"content-type", "text/html; charset=utf-8"}};
  add_features(page);
  EXPECT_TRUE(page.features.is_present);
  EXPECT_EQ(page.features.title, "t");

  auto image = page_of("<p>not really");
  image.headers = {{"content-type", "image/png"}};
  add_features(image);
  EXPECT_FALSE(image.features.is_present);
}

const IgnoreRules kNoAds{{.css = ".ad", .attribute = {}, .regex = {}},
                         {.css = {}, .attribute = {}, .regex = "[0-9]+"}};

Page html_page_of(std::string body) {
  auto page = page_of(std::move(body));
  page.headers = {{"content-type", "text/html; charset=utf-8"}};
  return page;
}

TEST(AddFeatures, LeavesOutWhatIsIgnored) {
  const std::string body = "<p>one 22<p class=ad>two";
  auto page = html_page_of(body);
  add_features(page, kNoAds);
  EXPECT_EQ(page.body, "<p>one ");
  EXPECT_EQ(page.features.text, "one");
  EXPECT_EQ(page.features.tag("p"), 1U);
  ASSERT_TRUE(page.ignored);
  EXPECT_EQ(page.ignored->counts, (std::vector<std::uint32_t>{1, 1}));
  ASSERT_TRUE(page.whole);
  EXPECT_EQ(page.whole->body, body);
  EXPECT_EQ(page.whole->features.text, "one 22 two");
  EXPECT_EQ(page.whole->status, page.status);

  auto json = page_of("{\"n\":22}");
  json.headers = {{"content-type", "application/json"}};
  add_features(json, kNoAds);
  EXPECT_EQ(json.body, "{\"n\":}");
  EXPECT_FALSE(json.features.is_present);
}

TEST(AddFeatures, KeepsOnePageWhereNothingIsIgnored) {
  const std::string body = "<p>one";
  auto page = html_page_of(body);
  add_features(page, kNoAds);
  EXPECT_EQ(page.body, body);
  EXPECT_FALSE(page.whole);
  ASSERT_TRUE(page.ignored) << "there are rules: they found nothing";
  EXPECT_EQ(page.ignored->bytes, 0U);

  auto without = html_page_of(body);
  Asset asset;
  asset.ignore = IgnoreRules{};
  add_features(without, asset);
  EXPECT_FALSE(without.ignored);
  EXPECT_EQ(without.features.text, page.features.text);
}

TEST(AddFeatures, GivesAPageOneEncodingWhateverIsIgnoredOfIt) {
  auto page = page_of("<p>gr\xFC\xDF");
  page.headers = {{"content-type", "text/html; charset=iso-8859-1"}};
  add_features(page, kNoAds);
  EXPECT_EQ(page.body, "<p>gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(page.features.text, "gr\xC3\xBC\xC3\x9F");
  ASSERT_TRUE(page.whole);
  EXPECT_EQ(page.whole->body, "<p>gr\xFC\xDF");
}

TEST(RunPlugins, ShowsThePageWholeToThoseThatAskForIt) {
  auto page = html_page_of("<p>one<p class=ad>two");
  add_features(page, kNoAds);
  const Asset asset;
  constexpr auto run = [](const PluginInput& input) {
    PluginOutput output;
    output.report.facts["text"] = input.page.features.text;
    return output;
  };
  constexpr auto plan = [](const Page& seen, const Asset&, std::span<const SideResult>) {
    return std::vector<SideRequest>{{.kind = SideRequest::Kind::dns, .target = seen.body}};
  };
  static constexpr Plugin kRest{
      .name = "rest", .number = 1, .version = 1, .plan = plan, .run = run};
  static constexpr Plugin kWhole{
      .name = "whole", .number = 2, .version = 1, .sees_ignored = true, .plan = plan, .run = run};
  const std::vector<const Plugin*> both{&kRest, &kWhole};
  const auto entries = run_plugins({.asset = asset, .page = page}, both);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].report.facts.at("text"), "one");
  EXPECT_EQ(entries[1].report.facts.at("text"), "one two");
}

}  // namespace
}  // namespace webmon::executor
