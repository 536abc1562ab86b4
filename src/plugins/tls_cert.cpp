// tls-cert: is the certificate valid for this host, trusted, and for how long still.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "plugins/builder.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"days_left", 600, "days", false, 0, 0,
               "until the certificate expires; negative after"},
    MetricSpec{"chain_days_left", 601, "days", false, 0, 0,
               "the same for the first of the chain as sent"},
    MetricSpec{"chain_len", 602, "count", false, 0, 0, "certificates sent"},
    MetricSpec{"key_bits", 603, "bits", false, 0, 0, "size of the public key"},
    MetricSpec{"sct_count", 604, "count", false, 0, 0, "embedded certificate timestamps"},
};

constexpr std::array kFacts = {
    FactSpec{"resumed", ValueType::boolean,
             "the certificate is that of the full handshake before, at most 15 minutes ago"},
    FactSpec{"verified", ValueType::boolean, "chain and host name hold"},
    FactSpec{"hostname_ok", ValueType::boolean, "the certificate names the host"},
    FactSpec{"chain_ok", ValueType::boolean, "a path to a trusted root, all valid now"},
    FactSpec{"failure", ValueType::text, "exactly why it does not hold"},
    FactSpec{"subject", ValueType::text, "name in the form of RFC 2253"},
    FactSpec{"issuer", ValueType::text, "name in the form of RFC 2253"},
    FactSpec{"serial", ValueType::text, "in hexadecimal"},
    FactSpec{"not_before", ValueType::text, "RFC 3339"},
    FactSpec{"not_after", ValueType::text, "RFC 3339"},
    FactSpec{"chain_earliest_expiry", ValueType::text,
             "the first end of all certificates that were sent, RFC 3339"},
    FactSpec{"self_signed", ValueType::boolean, "the server's own certificate is its own issuer"},
    FactSpec{"key_type", ValueType::text, "RSA, EC, ED25519 ..."},
    FactSpec{"sig_alg", ValueType::text, "how the issuer signed it"},
    FactSpec{"sha256", ValueType::text, "of the certificate"},
    FactSpec{"spki_sha256", ValueType::text, "of its public key"},
    FactSpec{"san", ValueType::texts, "the first 64 names it is for"},
    FactSpec{"cert_changed", ValueType::boolean, "another certificate than before"},
    FactSpec{"issuer_changed", ValueType::boolean, "from another issuer than before"},
};

constexpr ReasonSpec invalid(std::string_view reason, std::string_view help) {
  return {ReportState::crit, reason, help};
}
/// The same where the asset says `tls.verify = false`.
constexpr ReasonSpec tolerated(std::string_view reason) {
  return {ReportState::warn, reason, "the same, where the asset says tls.verify = false"};
}
constexpr std::array kReasons = {
    ReasonSpec{ReportState::skipped, "not_https", "plain HTTP"},
    ReasonSpec{ReportState::skipped, "no_tls", "no handshake was reached"},
    invalid("certificate_expired", "not valid any more"),
    invalid("certificate_not_yet_valid", "not valid yet"),
    invalid("host_name_mismatch", "it does not name the host"),
    invalid("self_signed", "nobody but itself vouches for it"),
    invalid("untrusted_chain", "no path to a trusted root"),
    invalid("verification_failed", "another reason, in the finding"),
    invalid("handshake_failed", "no certificate came"),
    invalid("certificate_expires_soon", "fewer than 7 days left"),
    ReasonSpec{ReportState::warn, "certificate_expires_soon", "fewer than 21 days left"},
    tolerated("certificate_expired"),
    tolerated("certificate_not_yet_valid"),
    tolerated("host_name_mismatch"),
    tolerated("self_signed"),
    tolerated("untrusted_chain"),
    tolerated("verification_failed"),
    tolerated("handshake_failed"),
};

constexpr double kWarnDays = 21;
constexpr double kCritDays = 7;
constexpr std::size_t kMaxNames = 64;
constexpr std::size_t kMaxNamesBytes = 4096;
constexpr std::size_t kMaxStateName = 300;

double days_between(StoreTime from, StoreTime to) {
  return std::chrono::duration<double, std::ratio<86400>>(to - from).count();
}

bool is_expired(const Page& page, const Certificate& leaf) {
  return leaf.not_after < page.observed_at;
}

/// A stable code for what `Tls::failure` says in OpenSSL's words.
std::string_view failure_code(const Page& page) {
  const Tls& tls = *page.tls;
  if (tls.chain.empty()) return "handshake_failed";
  const Certificate& leaf = tls.chain.front();
  if (is_expired(page, leaf)) return "certificate_expired";
  if (leaf.not_before > page.observed_at) return "certificate_not_yet_valid";
  if (!tls.is_host_ok) return "host_name_mismatch";
  if (!tls.is_chain_ok && leaf.is_self_signed) return "self_signed";
  return tls.is_chain_ok ? "verification_failed" : "untrusted_chain";
}

void judge_verification(Report& report, const Page& page, Severity severity) {
  const Tls& tls = *page.tls;
  if (tls.is_verified && tls.failure.empty()) return;
  Finding finding;
  finding.severity = severity;
  finding.code = failure_code(page);
  finding.seen = clean(tls.failure.empty() ? page.detail : tls.failure);
  finding.message =
      fmt::format("the certificate of {} does not hold: {}", clean(page.url.host, 255),
                  finding.seen.empty() ? finding.code : finding.seen);
  finding.expected = "a certificate for this host, valid now, from a trusted authority";
  if (!tls.chain.empty()) finding.evidence = clean(tls.chain.front().subject);
  add_finding(report, std::move(finding));
}

void judge_expiry(Report& report, const Page& page, Severity worst) {
  const Certificate& leaf = page.tls->chain.front();
  const double days = days_between(page.observed_at, leaf.not_after);
  const bool is_reported = is_expired(page, leaf) && !page.tls->is_verified;
  if (days >= kWarnDays || is_reported) return;
  Finding finding;
  finding.severity = days < kCritDays ? worst : Severity::warn;
  finding.code = days < 0 ? "certificate_expired" : "certificate_expires_soon";
  finding.message = days < 0 ? fmt::format("the certificate expired {:.1f} days ago", -days)
                             : fmt::format("the certificate expires in {:.1f} days", days);
  finding.expected = fmt::format("at least {:.0f} days", kWarnDays);
  finding.seen = fmt::format("{:.1f} days", days);
  finding.evidence = to_rfc3339(leaf.not_after);
  add_finding(report, std::move(finding));
}

void add_numbers(Report& report, const Page& page) {
  const std::vector<Certificate>& chain = page.tls->chain;
  const Certificate& leaf = chain.front();
  const auto first = std::ranges::min_element(chain, {}, &Certificate::not_after);
  add_metric(report, kMetrics[0], days_between(page.observed_at, leaf.not_after));
  add_metric(report, kMetrics[1], days_between(page.observed_at, first->not_after));
  add_metric(report, kMetrics[2], static_cast<double>(chain.size()));
  add_metric(report, kMetrics[3], leaf.key_bits);
  add_metric(report, kMetrics[4], leaf.sct_count);
  report.facts["chain_earliest_expiry"] = to_rfc3339(first->not_after);
}

void add_connection(boost::json::object& facts, const Tls& tls) {
  facts["resumed"] = tls.is_resumed;
  facts["verified"] = tls.is_verified;
  facts["hostname_ok"] = tls.is_host_ok;
  facts["chain_ok"] = tls.is_chain_ok;
  if (!tls.failure.empty()) facts["failure"] = clean(tls.failure);
}

void add_certificate(boost::json::object& facts, const Certificate& leaf) {
  facts["subject"] = clean(leaf.subject);
  facts["issuer"] = clean(leaf.issuer);
  facts["serial"] = clean(leaf.serial);
  facts["not_before"] = to_rfc3339(leaf.not_before);
  facts["not_after"] = to_rfc3339(leaf.not_after);
  facts["self_signed"] = leaf.is_self_signed;
  facts["key_type"] = clean(leaf.key_type);
  facts["sig_alg"] = clean(leaf.signature_algorithm);
  facts["sha256"] = clean(leaf.sha256);
  facts["spki_sha256"] = clean(leaf.spki_sha256);
  facts["san"] = plugins::bounded_list(leaf.names, kMaxNames, kMaxNamesBytes);
}

/// State: fingerprint, newline, issuer. What changed is told as facts; whether it matters is for a
/// person.
std::string compare(Report& report, const Certificate& leaf, std::string_view before) {
  const std::string fingerprint = clean(leaf.sha256, 64);
  const std::string issuer = clean(leaf.issuer, kMaxStateName);
  if (const std::size_t end = before.find('\n'); end != std::string_view::npos) {
    report.facts["cert_changed"] = before.substr(0, end) != fingerprint;
    report.facts["issuer_changed"] = before.substr(end + 1) != issuer;
  }
  return fingerprint + "\n" + issuer;
}

PluginOutput run(const PluginInput& input) {
  const Page& page = input.page;
  if (!page.tls) return plugins::skipped(input, page.url.is_https ? "no_tls" : "not_https");
  PluginOutput output;
  output.next_state = input.state;
  Report& report = output.report;
  const Severity worst = input.asset.tls_verify.value_or(true) ? Severity::crit : Severity::warn;
  add_connection(report.facts, *page.tls);
  judge_verification(report, page, worst);
  if (page.tls->chain.empty()) return output;
  const Certificate& leaf = page.tls->chain.front();
  judge_expiry(report, page, worst);
  add_numbers(report, page);
  add_certificate(report.facts, leaf);
  output.next_state = compare(report, leaf, input.state);
  return output;
}

constexpr Plugin kPlugin{
    .name = "tls-cert",
    .number = 6,
    .version = 2,
    .summary = "Whether the certificate is valid for the host, trusted, and for how long still.",
    .metrics = kMetrics,
    .facts = kFacts,
    .reasons = kReasons,
    .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
