#include <gtest/gtest.h>

#include <memory>

#include "lib/html/charset.hpp"
#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

Tls good_tls(double days_left) {
  Certificate leaf;
  leaf.subject = "CN=site.example";
  leaf.issuer = "CN=Test CA";
  leaf.serial = "0a1b";
  leaf.names = {"site.example", "www.site.example"};
  leaf.not_before = store_time_ms(kNowMs - 60 * kDayMs);
  leaf.not_after = store_time_ms(kNowMs + static_cast<std::int64_t>(days_left * kDayMs));
  leaf.key_type = "EC";
  leaf.key_bits = 256;
  leaf.sha256 = std::string(64, 'a');
  leaf.sct_count = 2;
  Tls tls;
  tls.version = "TLSv1.3";
  tls.is_verified = tls.is_host_ok = tls.is_chain_ok = true;
  tls.chain = {leaf};
  return tls;
}

PluginOutput check(const Tls& tls, bool is_verify_on = true, std::string_view state = {}) {
  Page page = page_for_test("<p>x");
  page.url = url_for_test(true);
  page.tls = std::make_shared<const Tls>(tls);
  Asset asset;
  asset.tls_verify = is_verify_on;
  return run_plugin("tls-cert", page, state, asset);
}

Tls failed(std::string failure) {
  Tls tls = good_tls(60);
  tls.is_verified = false;
  tls.failure = std::move(failure);
  return tls;
}

TEST(TlsCert, ReportsTheCertificateInUse) {
  const Report report = check(good_tls(60)).report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(value_of(report, "days_left"), 60);
  EXPECT_EQ(value_of(report, "chain_len"), 1);
  EXPECT_EQ(value_of(report, "key_bits"), 256);
  EXPECT_EQ(value_of(report, "sct_count"), 2);
  EXPECT_EQ(fact(report, "subject"), "\"CN=site.example\"");
  EXPECT_EQ(fact(report, "san"), R"(["site.example","www.site.example"])");
  EXPECT_EQ(fact(report, "hostname_ok"), "true");
  EXPECT_EQ(fact(report, "chain_ok"), "true");
  EXPECT_EQ(fact(report, "cert_changed"), "(none)");
}

TEST(TlsCert, WarnsThreeWeeksAndCriesOneWeekBeforeTheEnd) {
  struct Case {
    double days;
    ReportState state;
    const char* reason;
  };
  for (const Case& c :
       {Case{21, ReportState::ok, ""}, Case{20.9, ReportState::warn, "certificate_expires_soon"},
        Case{7, ReportState::warn, "certificate_expires_soon"},
        Case{6.9, ReportState::crit, "certificate_expires_soon"},
        Case{-1, ReportState::crit, "certificate_expired"}}) {
    SCOPED_TRACE(c.days);
    const Report report = check(good_tls(c.days)).report;
    EXPECT_EQ(report.state, c.state);
    EXPECT_EQ(report.reason, c.reason);
  }
}

TEST(TlsCert, NamesExactlyWhyVerificationFailed) {
  Tls expired = good_tls(-3);
  expired.is_verified = expired.is_chain_ok = false;
  expired.failure = "certificate has expired";
  Tls early = failed("certificate is not yet valid");
  early.chain[0].not_before = store_time_ms(kNowMs + kDayMs);
  Tls host = failed("host name mismatch");
  host.is_host_ok = false;
  Tls self = failed("self-signed certificate");
  self.is_chain_ok = false;
  self.chain[0].is_self_signed = true;
  Tls chain = failed("unable to get local issuer certificate");
  chain.is_chain_ok = false;
  Tls handshake = failed("no shared cipher");
  handshake.chain.clear();
  struct Case {
    const char* reason;
    const Tls& tls;
  };
  for (const Case& c :
       {Case{"certificate_expired", expired}, Case{"certificate_not_yet_valid", early},
        Case{"host_name_mismatch", host}, Case{"self_signed", self}, Case{"untrusted_chain", chain},
        Case{"handshake_failed", handshake}}) {
    SCOPED_TRACE(c.reason);
    const Report report = check(c.tls).report;
    EXPECT_EQ(report.state, ReportState::crit);
    EXPECT_EQ(report.reason, c.reason);
    ASSERT_EQ(report.findings.size(), 1U);
    EXPECT_EQ(report.findings[0].seen, c.tls.failure);
    EXPECT_EQ(fact(report, "failure"), "\"" + c.tls.failure + "\"");
  }
}

TEST(TlsCert, OnlyWarnsWhereVerificationIsSwitchedOff) {
  const Report report = check(failed("self-signed certificate"), false).report;
  EXPECT_EQ(report.state, ReportState::warn);
  EXPECT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(check(good_tls(3), false).report.state, ReportState::warn);
}

TEST(TlsCert, IsSkippedWithoutTls) {
  const PluginOutput plain = run_plugin("tls-cert", page_for_test("x"), "state");
  EXPECT_EQ(plain.report.state, ReportState::skipped);
  EXPECT_EQ(plain.report.reason, "not_https");
  EXPECT_EQ(plain.next_state, "state");
  Page dead = page_for_test("");
  dead.url = url_for_test(true);
  dead.outcome = Outcome::connect;
  EXPECT_EQ(run_plugin("tls-cert", dead).report.reason, "no_tls");
}

TEST(TlsCert, RemembersTheCertificateBefore) {
  const PluginOutput first = check(good_tls(60));
  EXPECT_EQ(fact(check(good_tls(60), true, first.next_state).report, "cert_changed"), "false");
  Tls renewed = good_tls(90);
  renewed.chain[0].sha256 = std::string(64, 'b');
  const Report same_issuer = check(renewed, true, first.next_state).report;
  EXPECT_EQ(fact(same_issuer, "cert_changed"), "true");
  EXPECT_EQ(fact(same_issuer, "issuer_changed"), "false");
  renewed.chain[0].issuer = "CN=Other CA";
  EXPECT_EQ(fact(check(renewed, true, first.next_state).report, "issuer_changed"), "true");
}

TEST(TlsCert, BoundsAndCleansWhatACertificateSays) {
  Tls tls = good_tls(60);
  tls.chain[0].subject = std::string(5000, '\xFF');
  tls.chain[0].issuer = std::string(5000, 'i');
  tls.chain[0].sha256 = std::string(5000, 's');
  tls.chain[0].names.assign(5000, std::string(5000, 'n'));
  const PluginOutput output = check(tls);  // run_plugin checks the size of the state
  EXPECT_LT(boost::json::serialize(output.report.facts).size(), 40'000U);
  EXPECT_TRUE(html::is_utf8(boost::json::serialize(output.report.facts)));
}

}  // namespace
}  // namespace webmon::plugins
