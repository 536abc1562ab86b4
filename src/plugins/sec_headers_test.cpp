#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

PluginOutput check(Headers headers, std::string_view state = {}, bool is_https = true) {
  Page page = page_for_test("<p>x");
  page.url = page.hops[0].url = url_for_test(is_https);
  page.headers.insert(page.headers.end(), headers.begin(), headers.end());
  return run_plugin("sec-headers", page, state);
}

Headers all() {
  return {{"strict-transport-security", "max-age=31536000; includeSubDomains; preload"},
          {"content-security-policy", "default-src 'self'; frame-ancestors 'none'"},
          {"x-content-type-options", "nosniff"},
          {"referrer-policy", "strict-origin-when-cross-origin"},
          {"permissions-policy", "camera=()"},
          {"cross-origin-opener-policy", "same-origin"},
          {"cross-origin-embedder-policy", "require-corp"},
          {"cross-origin-resource-policy", "same-site"}};
}
Headers without(std::string_view name) {
  Headers headers = all();
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
  return headers;
}

TEST(SecHeaders, GivesTheWholeScoreToAllProtections) {
  const Report report = check(all()).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "score"), 100);
  EXPECT_EQ(fact(report, "missing"), "[]");
  EXPECT_EQ(fact(report, "hsts"), R"({"max_age_s":3.1536E7,"subdomains":true,"preload":true})");
  EXPECT_EQ(fact(report, "csp"),
            R"({"present":true,"report_only":false,"unsafe_inline":false,"unsafe_eval":false,)"
            R"("wildcards":false,"frame_ancestors":true})");
  EXPECT_EQ(fact(report, "xcto"), "\"nosniff\"");
  EXPECT_EQ(fact(report, "coep"), "\"require-corp\"");
  EXPECT_EQ(fact(report, "corp"), "\"same-site\"");
  EXPECT_TRUE(report.findings.empty());
}

TEST(SecHeaders, MentionsWhatIsMissingWithoutAWarning) {
  const Report report = check({}).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "score"), 0);
  EXPECT_EQ(fact(report, "missing"),
            R"(["hsts","csp","csp_without_unsafe","frame_protection","nosniff","referrer_policy",)"
            R"("permissions_policy","coop"])");
  ASSERT_EQ(report.findings.size(), 1U);
  const Finding& finding = report.findings[0];
  EXPECT_EQ(finding.code, "protection_missing");
  EXPECT_EQ(finding.severity, Severity::info);
  EXPECT_THAT(finding.message, HasSubstr(": hsts, csp, frame_protection, nosniff"));
  EXPECT_THAT(finding.expected, HasSubstr("X-Content-Type-Options: nosniff"));
}

TEST(SecHeaders, HstsCountsFrom180DaysAndOverHttpsOnly) {
  struct Case {
    const char* value;
    bool is_https;
    bool counts;
  };
  for (const Case& c : {Case{"max-age=15552000", true, true}, Case{"max-age=15551999", true, false},
                        Case{"MAX-AGE=\"99999999999\"", true, true},
                        Case{"max-age=-1", true, false}, Case{"includeSubDomains", true, false}}) {
    SCOPED_TRACE(c.value);
    const Report report = check({{"strict-transport-security", c.value}}, {}, c.is_https).report;
    EXPECT_EQ(fact(report, "missing").find("hsts") == std::string::npos, c.counts);
  }
  const Report http = check(all(), {}, false).report;
  EXPECT_EQ(value_of(http, "score"), 100) << "not asked of plain HTTP";
}

TEST(SecHeaders, ReadsWhatAPolicyLetsThrough) {
  struct Case {
    const char* policy;
    const char* inline_scripts;
    const char* wildcards;
    double score;
  };
  for (const Case& c :
       {Case{"script-src 'self'", "false", "false", 35},
        Case{"default-src 'none'", "false", "false", 35},
        Case{"default-src 'self'; script-src 'self' 'unsafe-inline'", "true", "false", 25},
        Case{"script-src 'unsafe-inline' 'nonce-abc'", "false", "false", 35},
        Case{"script-src *", "false", "true", 25}, Case{"script-src https:", "false", "true", 25},
        Case{"SCRIPT-SRC 'SELF'", "false", "false", 35},
        Case{"upgrade-insecure-requests", "false", "false", 0},
        Case{"frame-ancestors 'self'", "false", "false", 15}}) {
    SCOPED_TRACE(c.policy);
    const Report report = check({{"content-security-policy", c.policy}}).report;
    EXPECT_THAT(fact(report, "csp"),
                HasSubstr("\"unsafe_inline\":" + std::string{c.inline_scripts}));
    EXPECT_THAT(fact(report, "csp"), HasSubstr("\"wildcards\":" + std::string{c.wildcards}));
    EXPECT_DOUBLE_EQ(value_of(report, "score"), c.score);
  }
  const Report eval = check({{"content-security-policy", "script-src 'unsafe-eval'"}}).report;
  EXPECT_THAT(fact(eval, "csp"), HasSubstr("\"unsafe_eval\":true"));
}

TEST(SecHeaders, APolicyThatOnlyReportsProtectsNobody) {
  const Report report =
      check({{"content-security-policy-report-only", "default-src 'self'"}}).report;
  EXPECT_EQ(value_of(report, "score"), 0);
  EXPECT_THAT(fact(report, "csp"), HasSubstr("\"present\":false,\"report_only\":true"));
}

TEST(SecHeaders, OldFrameOptionsCountToo) {
  for (const auto& [value, score] :
       {std::pair{"DENY", 15.0}, {"SameOrigin", 15.0}, {"ALLOW-FROM https://a", 0.0}}) {
    EXPECT_DOUBLE_EQ(value_of(check({{"x-frame-options", value}}).report, "score"), score) << value;
  }
}

TEST(SecHeaders, WarnsOnceOfAProtectionThatWasLost) {
  const std::string before = check(all()).next_state;
  for (const auto* header :
       {"strict-transport-security", "x-content-type-options", "permissions-policy"}) {
    SCOPED_TRACE(header);
    const auto output = check(without(header), before);
    EXPECT_EQ(output.report.state, ReportState::warn);
    EXPECT_EQ(output.report.reason, "protection_lost");
    EXPECT_EQ(output.report.facts.at("changed").as_array().size(), 1U);
    EXPECT_EQ(check(without(header), output.next_state).report.state, ReportState::ok);
  }
  Headers weaker = without("content-security-policy");
  weaker.emplace_back("content-security-policy", "script-src *; frame-ancestors 'none'");
  EXPECT_EQ(fact(check(weaker, before).report, "changed"), R"(["csp_without_unsafe"])");
}

TEST(SecHeaders, AProtectionThatCameIsNoWarning) {
  const auto output = check(all(), check({}).next_state);
  EXPECT_EQ(output.report.state, ReportState::ok);
  EXPECT_EQ(output.report.facts.at("changed").as_array().size(), 8U);
}

TEST(SecHeaders, TellsOfVersionsThatLeak) {
  const Report leaks =
      check({{"server", "Apache/2.4.1"}, {"x-powered-by", "PHP/8.1.2"}, {"via", "1.1 cache"}})
          .report;
  EXPECT_EQ(fact(leaks, "leaks"), R"({"server":"Apache/2.4.1","x_powered_by":"PHP/8.1.2"})");
  EXPECT_EQ(leaks.findings.back().code, "version_leaked");
  EXPECT_EQ(fact(check({{"server", "nginx"}}).report, "leaks"), "(none)");
}

TEST(SecHeaders, CookiesWithoutCacheControlAreSensitive) {
  EXPECT_EQ(fact(check({{"set-cookie", "a=1"}}).report, "cache_control_sensitive"), "true");
  EXPECT_EQ(fact(check({{"set-cookie", "a=1"}, {"cache-control", "max-age=1, Private"}}).report,
                 "cache_control_sensitive"),
            "(none)");
  EXPECT_EQ(fact(check({}).report, "cache_control_sensitive"), "(none)");
}

TEST(SecHeaders, BoundsHostileHeaders) {
  std::string policy;
  for (int i = 0; i < 5000; ++i) policy += "script-src \xff a b c;";
  const Report report =
      check({{"content-security-policy", policy}, {"referrer-policy", policy}, {"server", policy}})
          .report;
  EXPECT_THAT(fact(report, "referrer_policy"), Not(HasSubstr("\xff")));
}

TEST(SecHeaders, DoesNotJudgeErrorPages) {
  Page page = page_for_test("<p>x");
  page.status = 404;
  const auto output = run_plugin("sec-headers", page, "11111111");
  EXPECT_EQ(output.report.reason, "no_page");
  EXPECT_EQ(output.next_state, "11111111");
}

}  // namespace
}  // namespace webmon::plugins
