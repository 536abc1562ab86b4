#include <gtest/gtest.h>

#include <memory>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

PluginOutput check(std::string version, std::string cipher, std::string_view state = {}) {
  Page page = page_for_test("<p>x");
  page.url = url_for_test(true);
  Tls tls;
  tls.version = std::move(version);
  tls.cipher = std::move(cipher);
  tls.alpn = "h2";
  page.tls = std::make_shared<const Tls>(tls);
  return run_plugin("tls-proto", page, state);
}

TEST(TlsProto, TellsWhatWasAgreedOn) {
  const Report report = check("TLSv1.3", "TLS_AES_256_GCM_SHA384").report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "version"), "\"TLSv1.3\"");
  EXPECT_EQ(fact(report, "cipher"), "\"TLS_AES_256_GCM_SHA384\"");
  EXPECT_EQ(fact(report, "alpn"), "\"h2\"");
  EXPECT_EQ(fact(report, "forward_secrecy"), "true");
  EXPECT_TRUE(report.findings.empty());
}

TEST(TlsProto, WarnsBelowTls12) {
  struct Case {
    const char* version;
    ReportState want;
  };
  for (const Case& c : {Case{"SSLv3", ReportState::warn}, Case{"TLSv1", ReportState::warn},
                        Case{"TLSv1.1", ReportState::warn}, Case{"TLSv1.2", ReportState::ok},
                        Case{"TLSv1.3", ReportState::ok}, Case{"TLSv1.4", ReportState::ok}}) {
    SCOPED_TRACE(c.version);
    const Report report = check(c.version, "ECDHE-RSA-AES128-GCM-SHA256").report;
    EXPECT_EQ(report.state, c.want);
    EXPECT_EQ(report.reason, c.want == ReportState::warn ? "obsolete_protocol" : "");
  }
}

TEST(TlsProto, WarnsOfWeakCiphersOnly) {
  for (const char* weak : {"RC4-SHA", "DES-CBC3-SHA", "ECDHE-RSA-DES-CBC3-SHA", "ADH-AES256-SHA",
                           "NULL-SHA256", "EXP-RC2-CBC-MD5"}) {
    SCOPED_TRACE(weak);
    EXPECT_EQ(check("TLSv1.2", weak).report.reason, "weak_cipher");
  }
  for (const char* good : {"ECDHE-ECDSA-CHACHA20-POLY1305", "AES128-SHA", "DHE-RSA-AES256-SHA256",
                           "ECDHE-RSA-CAMELLIA128-SHA256"}) {
    SCOPED_TRACE(good);
    EXPECT_EQ(check("TLSv1.2", good).report.state, ReportState::ok);
  }
}

TEST(TlsProto, MentionsMissingForwardSecrecy) {
  const Report report = check("TLSv1.2", "AES128-GCM-SHA256").report;
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "forward_secrecy"), "false");
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].code, "no_forward_secrecy");
  EXPECT_EQ(report.findings[0].severity, Severity::info);
}

TEST(TlsProto, WarnsOnceWhenTheVersionFalls) {
  const auto cipher = "ECDHE-RSA-AES128-GCM-SHA256";
  const auto before = check("TLSv1.3", "TLS_AES_128_GCM_SHA256").next_state;
  const auto after = check("TLSv1.2", cipher, before);
  EXPECT_EQ(after.report.reason, "protocol_weakened");
  EXPECT_EQ(check("TLSv1.2", cipher, after.next_state).report.state, ReportState::ok);
  EXPECT_EQ(check("TLSv1.3", cipher, after.next_state).report.state, ReportState::ok);
}

TEST(TlsProto, IsSkippedWithoutACompletedHandshake) {
  Page page = page_for_test("<p>x");
  EXPECT_EQ(run_plugin("tls-proto", page, "TLSv1.3").report.reason, "not_https");
  page.url = url_for_test(true);
  EXPECT_EQ(run_plugin("tls-proto", page).report.reason, "no_tls");
  page.tls = std::make_shared<const Tls>();
  const auto output = run_plugin("tls-proto", page, "TLSv1.3");
  EXPECT_EQ(output.report.reason, "no_tls");
  EXPECT_EQ(output.next_state, "TLSv1.3") << "kept for the next page";
}

}  // namespace
}  // namespace webmon::plugins
