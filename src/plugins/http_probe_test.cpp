#include <gtest/gtest.h>

#include "lib/html/charset.hpp"
#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

Report probe(const Page& page) { return run_plugin("http-probe", page).report; }

TEST(HttpProbe, ReportsStatusSizesAndWhereItWent) {
  Page page = page_for_test("<p>hello</p>");
  page.wire_bytes = 9;
  const Report report = probe(page);
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(report.reason, "");
  EXPECT_EQ(value_of(report, "status"), 200);
  EXPECT_EQ(value_of(report, "body_bytes_wire"), 9);
  EXPECT_EQ(value_of(report, "body_bytes_decoded"), 12);
  EXPECT_EQ(value_of(report, "header_bytes"), 180);
  EXPECT_EQ(value_of(report, "hops"), 1);
  EXPECT_EQ(value_of(report, "total_ms"), 80);
  EXPECT_EQ(fact(report, "outcome"), "\"ok\"");
  EXPECT_EQ(fact(report, "final_url"), "\"http://site.example/\"");
  EXPECT_EQ(fact(report, "remote_ip"), "\"203.0.113.7\"");
  EXPECT_EQ(fact(report, "ip_family"), "\"ipv4\"");
  EXPECT_EQ(fact(report, "http_version"), "\"1.1\"");
  EXPECT_EQ(fact(report, "content_type"), "\"text/html; charset=utf-8\"");
}

TEST(HttpProbe, SumsPhasesOverHopsAndLeavesOutWhatDidNotHappen) {
  Page page = page_for_test("x");
  page.hops.push_back(page.hops[0]);
  page.hops[0].phases = {.resolve = milliseconds{3},
                         .connect = milliseconds{10},
                         .tls = {},
                         .processing = milliseconds{20},
                         .transfer = microseconds{500}};
  page.hops[1].phases = {.resolve = {},
                         .connect = {},
                         .tls = {},
                         .processing = microseconds{30'250},
                         .transfer = microseconds{500}};
  const Report report = probe(page);
  EXPECT_EQ(value_of(report, "resolve_ms"), 3);
  EXPECT_EQ(value_of(report, "connect_ms"), 10);
  EXPECT_EQ(find_value(report, "tls_ms"), nullptr);
  EXPECT_EQ(value_of(report, "processing_ms"), 50.25);
  EXPECT_EQ(value_of(report, "transfer_ms"), 1);
  EXPECT_EQ(value_of(report, "hops"), 2);
}

TEST(HttpProbe, IsCritForEveryFailureWithItsNameAsReason) {
  for (int i = 1; i < static_cast<int>(Outcome::inconclusive); ++i) {
    Page page = page_for_test("");
    page.outcome = static_cast<Outcome>(i);
    page.status = 0;
    page.detail = "what happened";
    SCOPED_TRACE(to_string(page.outcome));
    const Report report = probe(page);
    EXPECT_EQ(report.state, ReportState::crit);
    EXPECT_EQ(report.reason, to_string(page.outcome));
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].code, to_string(page.outcome));
    EXPECT_NE(report.findings[0].message.find("what happened"), std::string::npos);
  }
}

TEST(HttpProbe, DoesNotBlameThePageForTheMonitorsTrouble) {
  Page page = page_for_test("");
  page.outcome = Outcome::inconclusive;
  const Report report = probe(page);
  EXPECT_EQ(report.state, ReportState::inconclusive);
  EXPECT_TRUE(report.metrics.empty());
  EXPECT_TRUE(report.findings.empty());
}

TEST(HttpProbe, IsCritForErrorStatus) {
  struct Case {
    int status;
    const char* reason;
  };
  for (const Case& c : {Case{200, ""}, Case{204, ""}, Case{304, ""}, Case{399, ""},
                        Case{400, "http_4xx"}, Case{404, "http_4xx"}, Case{499, "http_4xx"},
                        Case{500, "http_5xx"}, Case{503, "http_5xx"}}) {
    SCOPED_TRACE(c.status);
    Page page = page_for_test("<title>oops</title>");
    page.status = c.status;
    const Report report = probe(page);
    EXPECT_EQ(report.reason, c.reason);
    EXPECT_EQ(report.state, *c.reason == '\0' ? ReportState::ok : ReportState::crit);
    EXPECT_EQ(value_of(report, "status"), c.status);
  }
}

TEST(HttpProbe, CleansHostileBytes) {
  Page page = page_for_test("x");
  page.headers = {{"content-type", "text/\xFF\xFE" + std::string(9000, 'a')}};
  page.warnings = {std::string{"w\0x\xC0", 4}};
  const Report report = probe(page);
  EXPECT_LE(report.facts.at("content_type").as_string().size(), 512U);
  for (const char* name : {"content_type", "warnings"}) {
    EXPECT_TRUE(html::is_utf8(fact(report, name))) << name;
  }
}

TEST(HttpProbe, CopesWithAPageWithoutHops) {
  Page page;
  page.outcome = Outcome::blocked_by_policy;
  const Report report = probe(page);
  EXPECT_EQ(report.state, ReportState::crit);
  EXPECT_EQ(fact(report, "final_url"), "(none)");
}

}  // namespace
}  // namespace webmon::plugins
