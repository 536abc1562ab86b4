#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

Page page_of(std::string version, Headers headers = {}, std::string alpn = {}) {
  Page page = page_for_test("<p>x");
  page.http_version = std::move(version);
  page.headers.insert(page.headers.end(), headers.begin(), headers.end());
  if (!alpn.empty()) {
    Tls tls;
    tls.alpn = std::move(alpn);
    page.tls = std::make_shared<const Tls>(tls);
  }
  return page;
}
Report check(const Page& page, std::string_view state = {}) {
  return run_plugin("http-versions", page, state).report;
}

TEST(HttpVersions, TellsWhatWasSpokenAndWhatIsAdvertised) {
  const Report report =
      check(page_of("2", {{"alt-svc", "h3=\":443\"; ma=86400, h3-29=\":443\"; ma=1"}}, "h2"));
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "h2"), "true");
  EXPECT_EQ(fact(report, "h3_advertised"), "true");
  EXPECT_EQ(fact(report, "alpn"), R"(["h2","h3","h3-29"])");
  EXPECT_EQ(fact(report, "keepalive"), "true");
  EXPECT_EQ(fact(report, "h3_ok"), "null");
}

TEST(HttpVersions, AlternativesThatAreNotH3DoNotCount) {
  for (const char* value : {"clear", "h2=\":443\"", "xh3=\":1\"", "h3", ""}) {
    EXPECT_EQ(fact(check(page_of("1.1", {{"alt-svc", value}})), "h3_advertised"), "false") << value;
  }
}

TEST(HttpVersions, KnowsWhetherTheConnectionStays) {
  struct Case {
    const char* version;
    const char* connection;
    const char* want;
  };
  for (const Case& c : {Case{"1.1", "", "true"}, Case{"1.1", "Close", "false"},
                        Case{"1.1", "upgrade, close", "false"}, Case{"1.0", "", "false"},
                        Case{"1.0", "Keep-Alive", "true"}, Case{"2", "", "true"}}) {
    Headers headers;
    if (*c.connection != '\0') headers.emplace_back("connection", c.connection);
    Page page = page_of(c.version, headers);
    page.url = url_for_test(true);
    EXPECT_EQ(fact(check(page), "keepalive"), c.want) << c.version << " " << c.connection;
  }
}

TEST(HttpVersions, DoesNotTakeTheCloseItAskedForForTheServersWish) {
  Page page = page_of("1.1", {{"connection", "close"}});
  EXPECT_EQ(fact(check(page), "keepalive"), "null");
  page.url = url_for_test(true);
  EXPECT_EQ(fact(check(page), "keepalive"), "false");
}

TEST(HttpVersions, WarnsOnceWhenHttp2IsLost) {
  const auto before = run_plugin("http-versions", page_of("2")).next_state;
  const auto after = run_plugin("http-versions", page_of("1.1"), before);
  EXPECT_EQ(after.report.reason, "http2_lost");
  EXPECT_EQ(check(page_of("1.1"), after.next_state).state, ReportState::ok);
  EXPECT_EQ(check(page_of("2"), after.next_state).state, ReportState::ok);
}

TEST(HttpVersions, BoundsAndCleansHostileHeaders) {
  std::string value;
  for (int i = 0; i < 500; ++i) value += "p\xff" + std::to_string(i) + "=\":1\",";
  const Report report = check(page_of("1.1", {{"alt-svc", value}}));
  EXPECT_EQ(report.facts.at("alpn").as_array().size(), 8U);
}

TEST(HttpVersions, IsSkippedWhereNothingAnswered) {
  Page page = page_of("1.1");
  page.outcome = Outcome::timeout;
  EXPECT_EQ(check(page, "2").reason, "no_answer");
  EXPECT_EQ(run_plugin("http-versions", page, "2").next_state, "2");
}

}  // namespace
}  // namespace webmon::plugins
