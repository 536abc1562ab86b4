#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

PluginOutput check(const std::vector<std::string>& cookies, std::string_view state = {},
                   bool is_https = true) {
  Page page = page_for_test("<p>x");
  page.url = page.hops[0].url = url_for_test(is_https);
  for (const auto& cookie : cookies) page.headers.emplace_back("set-cookie", cookie);
  return run_plugin("cookies", page, state);
}

boost::json::object first(const Report& report) {
  return report.facts.at("each").as_array().at(0).as_object();
}

TEST(Cookies, TellsEachWithItsProtection) {
  const Report report =
      check({"__Host-id=secret; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=172800"}).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(value_of(report, "count"), 1);
  EXPECT_EQ(value_of(report, "insecure_count"), 0);
  EXPECT_EQ(
      boost::json::serialize(first(report)),
      R"({"name":"__Host-id","secure":true,"httponly":true,"samesite":"lax","prefix_ok":true,)"
      R"("domain_wide":false,"persistent_days":2E0,"third_party":false})");
  EXPECT_EQ(boost::json::serialize(report.facts).find("secret"), std::string::npos)
      << "values are nobody's business";
}

TEST(Cookies, NoneIsFine) {
  const Report report = check({}).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "count"), 0);
}

TEST(Cookies, WarnsOfAPrefixThatDoesNotHold) {
  for (const char* bad : {"__Secure-a=1", "__Host-a=1; Secure", "__Host-a=1; Path=/",
                          "__Host-a=1; Secure; Path=/; Domain=site.example"}) {
    SCOPED_TRACE(bad);
    const Report report = check({bad}).report;
    EXPECT_EQ(report.reason, "prefix_violated");
    EXPECT_EQ(value_of(report, "insecure_count"), 1);
  }
  for (const char* good : {"__Secure-a=1; Secure", "__Host-a=1; Secure; Path=/"}) {
    EXPECT_EQ(check({good}).report.state, ReportState::ok) << good;
  }
}

TEST(Cookies, MentionsCookiesWithoutSecureOverHttpsOnly) {
  const Report https = check({"a=1"}).report;
  EXPECT_EQ(https.state, ReportState::ok);
  ASSERT_EQ(https.findings.size(), 1U);
  EXPECT_EQ(https.findings[0].code, "insecure_cookie");
  EXPECT_EQ(value_of(https, "insecure_count"), 1);
  const Report http = check({"a=1"}, {}, false).report;
  EXPECT_TRUE(http.findings.empty());
  EXPECT_EQ(value_of(http, "insecure_count"), 0);
}

TEST(Cookies, MentionsSessionsThatScriptsCanRead) {
  EXPECT_EQ(check({"PHPSESSID=1; Secure"}).report.findings.at(0).code, "readable_session");
  EXPECT_TRUE(check({"PHPSESSID=1; Secure; HttpOnly"}).report.findings.empty());
  EXPECT_TRUE(check({"csrftoken=1; Secure"}).report.findings.empty());
  EXPECT_TRUE(check({"theme=1; Secure"}).report.findings.empty());
}

TEST(Cookies, KnowsDomainsAndLifetimes) {
  EXPECT_EQ(first(check({"a=1; Domain=.site.example"}).report).at("domain_wide"), true);
  EXPECT_EQ(first(check({"a=1; Domain=.site.example"}).report).at("third_party"), false);
  EXPECT_EQ(first(check({"a=1; Domain=other.example"}).report).at("third_party"), true);
  EXPECT_EQ(first(check({"a=1; Domain=ite.example"}).report).at("third_party"), true);
  EXPECT_TRUE(first(check({"a=1"}).report).at("persistent_days").is_null());
  // kNowMs is 2026-09-21T14:13:20Z
  EXPECT_EQ(
      first(check({"a=1; Expires=Tue, 22 Sep 2026 14:13:20 GMT"}).report).at("persistent_days"),
      1.0);
  EXPECT_EQ(
      first(check({"a=1; Expires=Thu, 01 Jan 2015 00:00:00 GMT"}).report).at("persistent_days"),
      0.0);
  EXPECT_EQ(first(check({"a=1; Max-Age=86400; Expires=Thu, 01 Jan 2015 00:00:00 GMT"}).report)
                .at("persistent_days"),
            1.0);
}

TEST(Cookies, TellsWhatIsNewAndWhatIsGone) {
  const auto before = check({"a=1; Secure", "b=1; Secure"}).next_state;
  const Report same = check({"a=2; Secure", "b=3; Secure"}, before).report;
  EXPECT_EQ(fact(same, "new"), "(none)");
  EXPECT_EQ(fact(same, "removed"), "(none)");
  const Report other = check({"b=1; Secure", "c=1; Secure"}, before).report;
  EXPECT_EQ(fact(other, "new"), R"(["c"])");
  EXPECT_EQ(fact(other, "removed"), R"(["a"])");
  EXPECT_EQ(other.state, ReportState::ok);
}

TEST(Cookies, WarnsOfAProtectionThatWasLost) {
  const auto before = check({"a=1; Secure; HttpOnly"}).next_state;
  EXPECT_EQ(check({"a=1; Secure"}, before).report.reason, "protection_lost");
  EXPECT_EQ(check({"a=1; HttpOnly"}, before).report.reason, "protection_lost");
  EXPECT_EQ(check({"a=1; HttpOnly; Secure"}, before).report.state, ReportState::ok);
  EXPECT_EQ(check({"a=1; Secure; HttpOnly"}, check({"a=1; Secure"}).next_state).report.state,
            ReportState::ok);
}

TEST(Cookies, CallsNothingNewThatItCouldNotRemember) {
  std::vector<std::string> many;
  for (int i = 0; i < 40; ++i)
    many.push_back("a_rather_long_name_" + std::to_string(i) + "=1; Secure");
  const auto output = check(many);
  EXPECT_EQ(fact(check(many, output.next_state).report, "new"), "(none)");
}

TEST(Cookies, BoundsAndCleansHostileHeaders) {
  std::vector<std::string> hostile{"=", ";;;;", "\xff\xfe=1", "a\tb=1",
                                   std::string(9000, 'n') + "=1"};
  for (int i = 0; i < 200; ++i) hostile.push_back("__Host-" + std::to_string(i) + "=1");
  const auto output = check(hostile, "torn\tstate");
  EXPECT_EQ(value_of(output.report, "count"), 50);
  EXPECT_EQ(output.report.facts.at("each").as_array().size(), 20U);
  EXPECT_LE(output.report.findings.size(), 8U);
  check(hostile, output.next_state);
}

TEST(Cookies, DoesNotJudgeErrorPages) {
  Page page = page_for_test("<p>x");
  page.status = 503;
  EXPECT_EQ(run_plugin("cookies", page, "kept").next_state, "kept");
}

}  // namespace
}  // namespace webmon::plugins
