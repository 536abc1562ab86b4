#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

Page page_over(const std::vector<std::string>& urls, std::string body = "<p>x") {
  Page page = page_for_test(std::move(body));
  page.hops.clear();
  for (const std::string& text : urls) {
    Hop hop;
    hop.url = *parse_url(text);
    hop.status = 301;
    hop.total = microseconds{2500};
    page.hops.push_back(hop);
  }
  page.hops.back().status = page.status;
  page.url = page.hops.front().url;
  return page;
}
Report check(const Page& page, std::string_view state = {}) {
  return run_plugin("redirects", page, state).report;
}

TEST(Redirects, NoneIsFine) {
  const Report report = check(page_over({"https://a.example/"}));
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "redirects"), 0);
  EXPECT_EQ(fact(report, "chain"), "(none)");
  EXPECT_EQ(fact(report, "final_domain"), "\"a.example\"");
}

TEST(Redirects, TellsTheWholeWay) {
  const Report report =
      check(page_over({"http://a.example/", "https://a.example/", "https://b.example/x"}));
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "redirects"), 2);
  EXPECT_EQ(fact(report, "chain"), R"([{"url":"http://a.example/","status":301,"ms":2.5E0},)"
                                   R"({"url":"https://a.example/","status":301,"ms":2.5E0},)"
                                   R"({"url":"https://b.example/x","status":200,"ms":2.5E0}])");
  EXPECT_EQ(fact(report, "cross_domain"), "true");
  EXPECT_EQ(fact(report, "downgrade_to_http"), "(none)");
}

TEST(Redirects, WarnsOfADowngradeWhereverItIs) {
  EXPECT_EQ(check(page_over({"https://a.example/", "http://a.example/"})).reason,
            "downgrade_to_http");
  EXPECT_EQ(
      check(page_over({"https://a.example/", "http://a.example/", "https://a.example/b"})).reason,
      "downgrade_to_http");
  EXPECT_EQ(check(page_over({"http://a.example/", "https://a.example/"})).state, ReportState::ok);
}

TEST(Redirects, WarnsOfALoop) {
  Page page = page_over({"http://a.example/", "http://a.example/b", "http://a.example/"});
  page.outcome = Outcome::redirect_limit;
  const Report report = check(page);
  EXPECT_EQ(report.reason, "redirect_loop");
  EXPECT_EQ(fact(report, "loop"), "true");
}

TEST(Redirects, WarnsOnceWhenTheAnswerComesFromAnotherHost) {
  const Page old = page_over({"http://a.example/"});
  const Page moved = page_over({"http://a.example/", "http://evil.example/"});
  const auto state = run_plugin("redirects", old).next_state;
  EXPECT_EQ(check(old, state).state, ReportState::ok);
  const auto after = run_plugin("redirects", moved, state);
  EXPECT_EQ(after.report.reason, "final_domain_changed");
  EXPECT_EQ(after.report.findings.at(0).expected, "a.example");
  EXPECT_EQ(after.report.findings.at(0).seen, "evil.example");
  EXPECT_EQ(check(moved, after.next_state).state, ReportState::ok);
}

TEST(Redirects, FindsRefreshesAndScriptsThatLeadAway) {
  const auto refresh = [](const char* html) {
    return fact(check(page_over({"http://a.example/"}, html)), "meta_refresh");
  };
  EXPECT_EQ(refresh("<meta http-equiv=\"refresh\" content=\"0; URL='https://b.example/?x'\">"),
            "\"https://b.example/?x\"");
  EXPECT_EQ(refresh("<META CONTENT='5;url=/next' HTTP-EQUIV=Refresh>"), "\"/next\"");
  EXPECT_EQ(refresh("<meta http-equiv=refresh content=30>"), "(none)");
  EXPECT_EQ(refresh("<meta name=refresh content='url=/x'>"), "(none)");
  const auto script = [](const std::string& html) {
    return fact(check(page_over({"http://a.example/"}, html)), "js_redirect_hint");
  };
  EXPECT_EQ(script("<script>window.location='/x'</script>"), "true");
  EXPECT_EQ(script("<script>window.location='/x'</script>" + std::string(300, 'w')), "(none)");
  EXPECT_EQ(script("<p>set window.location to leave"), "(none)");
}

TEST(Redirects, MentionsAParameterThatDecidesTheHost) {
  const auto parameter = [](const char* asked, const char* went) {
    return fact(check(page_over({asked, went})), "open_redirect_param");
  };
  EXPECT_EQ(parameter("http://a.example/go?x=1&next=https://b.example/", "https://b.example/"),
            "\"next\"");
  EXPECT_EQ(parameter("http://a.example/go?u=%2F%2Fb.example", "http://b.example/"), "\"u\"");
  EXPECT_EQ(parameter("http://a.example/go?next=https://a.example/b", "http://a.example/b"),
            "(none)");
  EXPECT_EQ(parameter("http://a.example/go?q=b.example", "http://b.example/"), "(none)");
  EXPECT_EQ(parameter("http://a.example/", "http://b.example/"), "(none)");
}

TEST(Redirects, IsSkippedWhereNothingAnswered) {
  Page page = page_over({"http://a.example/"});
  page.status = 0;
  page.outcome = Outcome::connect;
  const auto output = run_plugin("redirects", page, "a.example");
  EXPECT_EQ(output.report.reason, "no_redirect");
  EXPECT_EQ(output.next_state, "a.example");
  page.hops.clear();
  EXPECT_EQ(check(page).reason, "no_redirect");
}

TEST(Redirects, BoundsAHostilePage) {
  std::vector<std::string> urls;
  for (int i = 0; i < 50; ++i) {
    urls.push_back("http://a.example/" + std::string(1500, 'x') + std::to_string(i));
  }
  std::string body;
  for (int i = 0; i < 30'000; ++i) body += "<meta http-equiv=refresh url=";
  EXPECT_EQ(check(page_over(urls, body)).facts.at("chain").as_array().size(), 20U);
}

}  // namespace
}  // namespace webmon::plugins
