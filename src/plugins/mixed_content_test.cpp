#include <gtest/gtest.h>

#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

Page page_of(const std::string& html, bool is_https = true) {
  Page page = page_for_test("<body>" + html);
  page.url = page.hops[0].url = url_for_test(is_https);
  return page;
}
Report check(const Page& page) { return run_plugin("mixed-content", page).report; }

TEST(MixedContent, NoneIsFine) {
  const Report report =
      check(page_of("<script src=/a.js></script><img src=https://b.example/i>"
                    "<a href=http://b.example/>a link loads nothing</a>"));
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "active_count"), 0);
  EXPECT_EQ(value_of(report, "passive_count"), 0);
  EXPECT_TRUE(report.facts.empty());
}

TEST(MixedContent, WarnsOfWhatBrowsersBlock) {
  const Report report =
      check(page_of("<script src=http://b.example/a.js></script>"
                    "<iframe src=http://b.example/f></iframe>"));
  EXPECT_EQ(report.reason, "mixed_active");
  EXPECT_EQ(value_of(report, "active_count"), 2);
  EXPECT_EQ(fact(report, "active"), R"(["http://b.example/a.js","http://b.example/f"])");
  EXPECT_EQ(report.findings.at(0).evidence, "http://b.example/a.js");
}

TEST(MixedContent, MentionsPictures) {
  const Report report = check(page_of("<img src=http://b.example/i.png>"));
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "passive_count"), 1);
  EXPECT_EQ(report.findings.at(0).code, "mixed_passive");
}

TEST(MixedContent, APolicyMayUpgradeThem) {
  Page page = page_of("<script src=http://b.example/a.js></script>");
  page.headers.emplace_back("content-security-policy", "Upgrade-Insecure-Requests");
  EXPECT_EQ(check(page).state, ReportState::ok);
  EXPECT_EQ(fact(check(page), "upgrade_insecure_requests"), "true");
  EXPECT_EQ(check(page_of("<meta http-equiv=Content-Security-Policy content="
                          "upgrade-insecure-requests><script src=http://b.example/a.js></script>"))
                .state,
            ReportState::ok);
}

TEST(MixedContent, OfAPageOverHttpNothingIsMixed) {
  EXPECT_EQ(check(page_of("<script src=http://b.example/a.js></script>", false)).reason,
            "not_https");
}

TEST(MixedContent, BoundsAHostilePage) {
  std::string many;
  for (int i = 0; i < 400; ++i)
    many += "<img src='http://b.example/\xff" + std::string(3000, 'x') + "'>";
  EXPECT_LE(fact(check(page_of(many)), "passive").size(), 1100U);
}

}  // namespace
}  // namespace webmon::plugins
