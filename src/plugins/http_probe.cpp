// http-probe: does the page answer, with what, and how long does each phase take.
#include <fmt/format.h>

#include <array>

#include "plugins/builder.hpp"
#include "plugins/status_set.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;

constexpr MetricSpec phase(std::string_view name, std::uint16_t number, double floor,
                           std::string_view help) {
  return {name, number, "ms", true, floor, 0.5, help, Excess::slow_part};
}

constexpr std::array kMetrics = {
    phase("resolve_ms", 100, 200, "looking up the name, all hops"),
    phase("connect_ms", 101, 200, "TCP handshake, all hops"),
    phase("tls_ms", 102, 300, "TLS handshake, all hops"),
    phase("processing_ms", 103, 300, "request sent to first byte of the answer, all hops"),
    phase("transfer_ms", 104, 300, "first to last byte of the answer, all hops"),
    MetricSpec{"total_ms", 105, "ms", true, 500, 0.5, "the whole fetch with its redirects",
               Excess::slow},
    MetricSpec{"status", 106, "code", false, 0, 0, "HTTP status of the last hop; 0 if none came"},
    MetricSpec{"header_bytes", 107, "bytes", false, 0, 0, "head of the last answer"},
    MetricSpec{"body_bytes_wire", 108, "bytes", true, 2048, 0.1, "body as received, compressed"},
    MetricSpec{"body_bytes_decoded", 109, "bytes", true, 4096, 0.1, "body after decoding"},
    MetricSpec{"hops", 110, "count", false, 0, 0, "requests made: 1 + redirects followed"},
};

constexpr std::array kFacts = {
    FactSpec{"outcome", ValueType::text, "how the fetch ended: ok, or a reason as under States"},
    FactSpec{"detail", ValueType::text, "what exactly went wrong"},
    FactSpec{"final_url", ValueType::text, "where the answer came from, after redirects"},
    FactSpec{"remote_ip", ValueType::text, "the address connected to"},
    FactSpec{"ip_family", ValueType::text, "ipv4 or ipv6"},
    FactSpec{"http_version", ValueType::text, "1.0, 1.1 or 2"},
    FactSpec{"content_type", ValueType::text, "as the server sent it"},
    FactSpec{"charset", ValueType::text, "what HTML was read as, by its head, itself or its bytes"},
    FactSpec{"warnings", ValueType::texts, "oddities of the answer that were put up with"},
};

constexpr ReasonSpec failure(std::string_view outcome, std::string_view help) {
  return {ReportState::crit, outcome, help};
}
constexpr std::array kReasons = {
    failure("dns", "the name does not resolve"),
    failure("connect", "no address accepted the connection"),
    failure("tls", "handshake or verification failed; tls-cert says how"),
    failure("timeout", "a deadline passed; the detail names the phase"),
    failure("reset", "the connection was reset"),
    failure("empty_reply", "closed without an answer"),
    failure("not_http", "the answer is not HTTP"),
    failure("bad_header", "a broken head"),
    failure("header_limit", "a head over the bound"),
    failure("truncated", "less body than announced"),
    failure("bad_chunk", "broken chunked framing"),
    failure("too_large", "a body over the bound"),
    failure("bad_encoding", "a Content-Encoding that does not decode"),
    failure("redirect_limit", "too many redirects, or a loop"),
    failure("bad_redirect", "a redirect to something that is not an http(s) URL"),
    failure("blocked_by_policy", "Webmon's address policy refuses a host on the way"),
    failure("protocol", "an error of HTTP/2 or another protocol"),
    ReasonSpec{ReportState::crit, "http_4xx",
               "status 400 to 499, unless the asset's assertions name it"},
    ReasonSpec{ReportState::crit, "http_5xx",
               "status 500 or more, unless the asset's assertions name it"},
    ReasonSpec{ReportState::inconclusive, "blocked",
               "a status of 400 or more from what page-class takes for a block page or a captcha"},
    ReasonSpec{ReportState::inconclusive, "inconclusive",
               "the executor's own trouble: counts neither as up nor as down"},
};

double to_ms(microseconds time) { return static_cast<double>(time.count()) / 1000; }

using PhaseMember = std::optional<microseconds> Phases::*;
constexpr std::array<PhaseMember, 5> kPhases = {&Phases::resolve, &Phases::connect, &Phases::tls,
                                                &Phases::processing, &Phases::transfer};

void add_phases(Report& report, const Page& page) {
  for (std::size_t i = 0; i < kPhases.size(); ++i) {
    std::optional<microseconds> sum;
    for (const Hop& hop : page.hops) {
      if (const auto& time = hop.phases.*kPhases.at(i)) sum = sum.value_or(microseconds{0}) + *time;
    }
    if (sum) add_metric(report, kMetrics.at(i), to_ms(*sum));
  }
  add_metric(report, kMetrics[5], to_ms(page.total));
}

void add_sizes(Report& report, const Page& page) {
  add_metric(report, kMetrics[6], page.status);
  add_metric(report, kMetrics[7], page.header_bytes);
  add_metric(report, kMetrics[8], static_cast<double>(page.wire_bytes));
  add_metric(report, kMetrics[9], static_cast<double>(page.body.size()));
  add_metric(report, kMetrics[10], static_cast<double>(page.hops.size()));
}

void add_facts(Report& report, const Page& page) {
  boost::json::object& facts = report.facts;
  facts["outcome"] = to_string(page.outcome);
  if (!page.detail.empty()) facts["detail"] = clean(page.detail);
  if (!page.hops.empty()) {
    const Hop& last = page.hops.back();
    facts["final_url"] = clean(last.url.text, 2048);
    facts["remote_ip"] = clean(last.remote_ip);
    facts["ip_family"] = last.remote_ip.find(':') == std::string::npos ? "ipv4" : "ipv6";
  }
  if (!page.http_version.empty()) facts["http_version"] = clean(page.http_version);
  if (const std::string* type = find_header(page.headers, "content-type")) {
    facts["content_type"] = clean(*type);
  }
  if (!page.features.charset.empty()) facts["charset"] = page.features.charset;
  if (page.warnings.empty()) return;
  boost::json::array warnings;
  for (const std::string& warning : page.warnings) warnings.emplace_back(clean(warning));
  facts["warnings"] = std::move(warnings);
}

Finding failed(const Page& page) {
  Finding finding;
  finding.severity = Severity::crit;
  finding.code = to_string(page.outcome);
  finding.message = fmt::format("the page could not be fetched: {}{}{}", finding.code,
                                page.detail.empty() ? "" : ": ", clean(page.detail));
  finding.expected = "a complete answer";
  finding.seen = finding.code;
  return finding;
}

/// Somebody on the way refuses Webmon; whether the page is up for others it does not tell.
bool is_blocked(const PluginInput& input) {
  const Report* report = plugins::page_class(input);
  return report != nullptr && report->state == ReportState::inconclusive &&
         (report->reason == "block_challenge" || report->reason == "captcha");
}

Finding error_status(const Page& page) {
  Finding finding;
  finding.severity = Severity::crit;
  finding.code = page.status >= 500 ? "http_5xx" : "http_4xx";
  finding.message = fmt::format("the server answered with status {}", page.status);
  finding.expected = "a status below 400";
  finding.seen = fmt::format("{}", page.status);
  finding.evidence = page.features.title;
  return finding;
}

PluginOutput run(const PluginInput& input) {
  const Page& page = input.page;
  PluginOutput output;
  Report& report = output.report;
  add_facts(report, page);
  if (page.outcome == Outcome::inconclusive) {
    report.state = ReportState::inconclusive;
    report.reason = to_string(page.outcome);
    return output;
  }
  add_phases(report, page);
  add_sizes(report, page);
  const bool is_well = page.outcome == Outcome::ok &&
                       (page.status < 400 || plugins::is_expected(input.asset, page.status));
  if (is_well) return output;
  if (page.outcome == Outcome::ok && is_blocked(input)) {
    report.state = ReportState::inconclusive;
    report.reason = "blocked";
  } else {
    add_finding(report, page.outcome == Outcome::ok ? error_status(page) : failed(page));
  }
  return output;
}

constexpr Plugin kPlugin{
    .name = "http-probe",
    .number = 1,
    .version = 1,
    .sees_ignored = true,
    .describes_content = true,
    .summary = "Does the page answer, with what status, and how long does each phase take.",
    .metrics = kMetrics,
    .facts = kFacts,
    .reasons = kReasons,
    .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
