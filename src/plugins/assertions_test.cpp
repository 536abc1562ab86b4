#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

using ::testing::HasSubstr;

Asset asset_with(std::string_view options) {
  Asset asset;
  asset.plugins["assertions"] = boost::json::parse(options);
  return asset;
}

Page page_of(std::string body, std::string_view type = "text/html") {
  Page page = page_for_test(std::move(body), type);
  page.headers.emplace_back("server", "nginx/1.22");
  page.headers.emplace_back("set-cookie", "a=1");
  page.headers.emplace_back("set-cookie", "b=2; Secure");
  return page;
}

Report check(std::string_view options, const Page& page = page_of("<p>Welcome to the harbour")) {
  return run_plugin("assertions", page, {}, asset_with(options)).report;
}

struct Case {
  const char* options;
  bool holds;
};
void expect(const std::vector<Case>& cases, const Page& page) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.options);
    const Report report = check(c.options, page);
    EXPECT_EQ(report.state, c.holds ? ReportState::ok : ReportState::crit)
        << fact(report, "detail");
    EXPECT_EQ(value_of(report, "failed"), c.holds ? 0 : 1);
    ASSERT_EQ(report.findings.size(), c.holds ? 0U : 1U);
    EXPECT_EQ(report.reason, c.holds ? "" : "assertion_failed");
  }
}

TEST(Assertions, AssetsWithoutAnyAreSkipped) {
  EXPECT_EQ(run_plugin("assertions", page_of("x")).report.reason, "no_assertions");
  EXPECT_EQ(check("{}").reason, "no_assertions");
  EXPECT_EQ(check(R"({"enabled":true})").reason, "no_assertions");
}

TEST(Assertions, StatusSetsHaveNumbersClassesAndRanges) {
  Page page = page_of("x");
  page.status = 204;
  expect({{R"({"valid_status_codes":[200]})", false},
          {R"({"valid_status_codes":[200,204]})", true},
          {R"({"valid_status_codes":["2xx"]})", true},
          {R"({"valid_status_codes":["3xx"]})", false},
          {R"({"valid_status_codes":["200-204"]})", true},
          {R"({"valid_status_codes":["200-203"]})", false},
          {R"({"valid_status_codes":["204-"]})", false}},
         page);
}

TEST(Assertions, ReadTheBodyAsBlackboxDoes) {
  expect({{R"({"fail_if_body_matches_regexp":["harbor"]})", true},
          {R"({"fail_if_body_matches_regexp":["harbor","harbou?r"]})", false},
          {R"({"fail_if_body_not_matches_regexp":["Welcome"]})", true},
          {R"({"fail_if_body_not_matches_regexp":["welcome"]})", false},
          {R"({"fail_if_body_not_matches_regexp":["(?i)welcome"]})", true}},
         page_of("<p>Welcome to the harbour"));
}

TEST(Assertions, ReadHeadersAsBlackboxDoes) {
  expect(
      {{R"({"fail_if_header_matches":[{"header":"Server","regexp":"nginx"}]})", false},
       {R"({"fail_if_header_matches":[{"header":"Server","regexp":"Apache"}]})", true},
       {R"({"fail_if_header_matches":[{"header":"X-None","regexp":"x"}]})", false},
       {R"({"fail_if_header_matches":[{"header":"X-None","regexp":"x","allow_missing":true}]})",
        true},
       {R"({"fail_if_header_matches":[{"header":"Set-Cookie","regexp":"^b="}]})", false},
       {R"({"fail_if_header_not_matches":[{"header":"Set-Cookie","regexp":"^b="}]})", true},
       {R"({"fail_if_header_not_matches":[{"header":"Set-Cookie","regexp":"^c="}]})", false},
       {R"({"fail_if_header_not_matches":[{"header":"X-None","regexp":"x"}]})", false},
       {R"({"fail_if_header_not_matches":[{"header":"X-None","regexp":"x","allow_missing":true}]})",
        true}},
      page_of("x"));
}

TEST(Assertions, KnowTlsAndVersions) {
  Page page = page_of("x");
  expect({{R"({"fail_if_ssl":true})", true},
          {R"({"fail_if_not_ssl":true})", false},
          {R"({"fail_if_not_ssl":false})", true},
          {R"({"valid_http_versions":["HTTP/1.1"]})", true},
          {R"({"valid_http_versions":["HTTP/2.0"]})", false}},
         page);
  page.hops.back().url.is_https = true;
  page.http_version = "2";
  expect({{R"({"fail_if_ssl":true})", false},
          {R"({"fail_if_not_ssl":true})", true},
          {R"({"valid_http_versions":["HTTP/2.0"]})", true}},
         page);
}

TEST(Assertions, CompareWhatAJsonPointerFinds) {
  const Page page =
      page_of(R"({"status":"up","queue":{"depth":7,"names":["a","b"]},"ratio":0.5,"none":null})",
              "application/json");
  expect({{R"({"json":[{"path":"/status","op":"==","value":"up"}]})", true},
          {R"({"json":[{"path":"/status","op":"!=","value":"up"}]})", false},
          {R"({"json":[{"path":"/queue/depth","op":"<","value":7}]})", false},
          {R"({"json":[{"path":"/queue/depth","op":"<=","value":7.0}]})", true},
          {R"({"json":[{"path":"/queue/depth","op":">","value":6}]})", true},
          {R"({"json":[{"path":"/queue/depth","op":">=","value":8}]})", false},
          {R"({"json":[{"path":"/queue/depth","op":">","value":"6"}]})", false},
          {R"({"json":[{"path":"/queue/names/1","op":"==","value":"b"}]})", true},
          {R"({"json":[{"path":"/queue/names","op":"==","value":["a","b"]}]})", true},
          {R"({"json":[{"path":"/ratio","op":"==","value":0.5}]})", true},
          {R"({"json":[{"path":"/status","op":"matches","value":"^u"}]})", true},
          {R"({"json":[{"path":"/ratio","op":"matches","value":"0"}]})", false},
          {R"({"json":[{"path":"/none","op":"exists"}]})", true},
          {R"({"json":[{"path":"/nothing","op":"exists"}]})", false},
          {R"({"json":[{"path":"/nothing","op":"==","value":null}]})", false},
          {R"({"json":[{"path":"/nothing","op":"!=","value":1}]})", false},
          {R"({"json":[{"path":"no pointer","op":"exists"}]})", false}},
         page);
  EXPECT_EQ(check(R"({"json":[{"path":"/a","op":"exists"}]})", page_of("{\"a\":")).state,
            ReportState::crit)
      << "not JSON";
}

TEST(Assertions, MeasureSizeTimeAndAge) {
  Page page = page_of(std::string(100, 'x'));
  page.total = milliseconds{80};
  expect({{R"({"min_bytes":100})", true},
          {R"({"min_bytes":101})", false},
          {R"({"max_bytes":100})", true},
          {R"({"max_bytes":99})", false},
          {R"({"max_ms":80})", true},
          {R"({"max_ms":79.9})", false},
          {R"({"max_age_s":60})", false}},
         page);
  page.headers.emplace_back("age", "60");
  expect({{R"({"max_age_s":60})", true}, {R"({"max_age_s":59})", false}}, page);
  // kNowMs is 2026-09-21T14:13:20Z
  page.headers.emplace_back("last-modified", "Mon, 21 Sep 2026 14:11:40 GMT");
  expect({{R"({"max_age_s":100})", true}, {R"({"max_age_s":99})", false}}, page);
}

TEST(Assertions, TellEachWithWhatWasSeen) {
  const Report report = check(R"({"max_ms":1,"fail_if_body_matches_regexp":["harbour","x{3}"]})");
  EXPECT_EQ(
      fact(report, "each"),
      R"([{"expr":"ms <= 1","pass":false,"actual":"80.0"},)"
      R"({"expr":"body does not match harbour","pass":false,"actual":"<p>Welcome to the harbour"},)"
      R"({"expr":"body does not match x{3}","pass":true,"actual":"no match"}])");
  EXPECT_EQ(value_of(report, "failed"), 2);
  EXPECT_THAT(report.findings.at(1).seen, HasSubstr("harbour"));
}

TEST(Assertions, AnOptionThatCannotBeReadIsAnErrorThatSaysWhich) {
  for (const char* bad :
       {R"({"max_mss":1})", R"({"max_ms":"1"})", R"({"valid_status_codes":200})",
        R"({"valid_status_codes":[]})", R"({"valid_http_versions":"x"})", R"({"fail_if_ssl":1})",
        R"({"fail_if_body_matches_regexp":["("]})", R"({"fail_if_body_matches_regexp":"x"})",
        R"({"fail_if_body_matches_regexp":[""]})", R"({"fail_if_body_matches_regexp":[7]})",
        R"({"fail_if_header_matches":[{"header":"a"}]})", R"({"json":[{"path":"/a"}]})",
        R"({"json":[{"path":"/a","op":"=~","value":1}]})", R"({"json":[{"path":"/a","op":"=="}]})",
        R"({"fail_if_header_matches":[{"header":"a","regexp":7}]})"}) {
    SCOPED_TRACE(bad);
    const Report report = check(bad);
    EXPECT_EQ(report.state, ReportState::error);
    EXPECT_EQ(report.reason, "bad_option");
    EXPECT_NE(fact(report, "detail"), "(none)");
  }
  const std::string long_one(1001, 'x');
  EXPECT_THAT(fact(check(R"({"fail_if_body_matches_regexp":[")" + long_one + "\"]}"), "detail"),
              HasSubstr("fail_if_body_matches_regexp"));
  std::string many = "\"x\"";
  for (int i = 0; i < 32; ++i) many += ",\"x\"";
  EXPECT_THAT(fact(check(R"({"fail_if_body_matches_regexp":[)" + many + "]}"), "detail"),
              HasSubstr("32"));
}

TEST(Assertions, HostileBodiesTakeLinearTimeAndBoundedRoom) {
  const Page page = page_of(std::string(1'000'000, 'a') + "\xff");
  const Report report = check(
      R"({"fail_if_body_matches_regexp":["(a+)+$","(a|a)*b"],"json":[{"path":"/a","op":"exists"}]})",
      page);
  EXPECT_EQ(value_of(report, "failed"), 1);
  EXPECT_LE(fact(report, "each").size(), 2000U);
}

TEST(Assertions, AnExpectedStatusIsNoErrorForTheProbe) {
  Page page = page_of("x");
  page.status = 404;
  const auto probe = [&](std::string_view options) {
    return run_plugin("http-probe", page, {}, asset_with(options)).report.state;
  };
  EXPECT_EQ(probe("{}"), ReportState::crit);
  EXPECT_EQ(probe(R"({"valid_status_codes":[200]})"), ReportState::crit);
  EXPECT_EQ(probe(R"({"valid_status_codes":[200,"4xx"]})"), ReportState::ok);
  page.outcome = Outcome::timeout;
  EXPECT_EQ(probe(R"({"valid_status_codes":[404]})"), ReportState::crit);
}

}  // namespace
}  // namespace webmon::plugins
