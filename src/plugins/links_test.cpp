#include <gtest/gtest.h>

#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

PluginOutput check(const std::string& html, std::string_view state = {}) {
  return run_plugin("links", page_for_test("<body>" + html), state);
}
std::string after(int checks, const std::string& html) {
  std::string state;
  for (int i = 0; i < checks; ++i) state = check(html, state).next_state;
  return state;
}
std::string link(const std::string& href, const std::string& more = {}) {
  return "<a href='" + href + "' " + more + ">x</a>";
}
const std::string kPage = link("/a") + link("https://other.example/");
const std::string kHidden = "<div style='display:none'>" + link("//pills.example/") + "</div>";

TEST(Links, CountsWhereThePageLeads) {
  const Report report =
      check(link("/a") + link("http://site.example/b") + link("https://www.site.example/c") +
            link("#top") + link("//other.example/", "rel='nofollow noopener'") +
            link("https://Other.example/2") + link("https://xn--e1awd7f.example/") +
            link("http://cheap.top/", "rel=ugc") + link("mailto:a@b.example") +
            link("javascript:x()") + kHidden)
          .report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "internal"), 4);
  EXPECT_EQ(value_of(report, "external"), 5);
  EXPECT_EQ(value_of(report, "hidden_links"), 1);
  EXPECT_DOUBLE_EQ(value_of(report, "nofollow_ratio"), 0.4);
  EXPECT_EQ(value_of(report, "mailto"), 1);
  EXPECT_EQ(value_of(report, "suspicious_tld"), 1);
  EXPECT_EQ(value_of(report, "punycode"), 1);
  EXPECT_EQ(fact(report, "ext_domains"),
            R"(["other.example","xn--e1awd7f.example","cheap.top","pills.example"])");
  EXPECT_EQ(fact(report, "ext_domain_count"), "4");
}

TEST(Links, ABaseElsewhereMakesRelativeLinksForeign) {
  const Report report = check("<base href=https://evil.example/>" + link("/a")).report;
  EXPECT_EQ(value_of(report, "external"), 1);
  EXPECT_EQ(fact(report, "ext_domains"), R"(["evil.example"])");
}

TEST(Links, MentionsNewHosts) {
  const auto output = check(kPage + link("//new.example/"), after(20, kPage));
  EXPECT_EQ(output.report.state, ReportState::ok);
  EXPECT_EQ(fact(output.report, "new_ext_domains"), R"(["new.example"])");
  EXPECT_EQ(output.report.findings.at(0).code, "new_external_domain");
  EXPECT_EQ(fact(check(kPage, output.next_state).report, "new_ext_domains"), "(none)");
}

TEST(Links, WarnsOfHiddenLinksToNewHostsOnceThePageIsKnown) {
  EXPECT_EQ(check(kPage + kHidden, after(19, kPage)).report.state, ReportState::ok);
  const auto late = check(kPage + kHidden, after(20, kPage));
  EXPECT_EQ(late.report.reason, "hidden_external_link");
  EXPECT_EQ(late.report.findings.at(0).seen, "pills.example");
  EXPECT_EQ(check(kPage + kHidden, late.next_state).report.state, ReportState::ok);
  EXPECT_EQ(check(kPage + "<div hidden>" + link("/own") + "</div>", after(20, kPage)).report.state,
            ReportState::ok);
}

TEST(Links, OfMoreHostsThanCanBeRememberedNoneIsCalledNew) {
  std::string many;
  for (int i = 0; i < 81; ++i) many += link("//h" + std::to_string(i) + ".example/");
  EXPECT_EQ(fact(check(many, after(20, kPage)).report, "new_ext_domains"), "(none)");
  EXPECT_EQ(fact(check(many).report, "ext_domain_count"), "81");
}

TEST(Links, BoundsAHostilePage) {
  std::string many = "<p>x";
  for (int i = 0; i < 4000; ++i) many += "<a href='//" + std::to_string(i) + "\xff.example'>";
  const Report report = check(many).report;
  EXPECT_EQ(value_of(report, "external"), 4000);
  EXPECT_EQ(fact(report, "ext_domain_count"), "1000");
  EXPECT_EQ(report.facts.at("ext_domains").as_array().size(), 20U);
}

}  // namespace
}  // namespace webmon::plugins
