// http-versions: which versions of HTTP the site speaks and advertises.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "plugins/builder.hpp"
#include "plugins/header_list.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::clean;

constexpr std::array kFacts = {
    FactSpec{"alpn", ValueType::texts,
             "the protocol agreed on within TLS and those that Alt-Svc advertises, the first 8"},
    FactSpec{"h2", ValueType::boolean, "the answer came over HTTP/2"},
    FactSpec{"h3_advertised", ValueType::boolean, "Alt-Svc offers HTTP/3 (RFC 9114 §3.1.1)"},
    FactSpec{"h3_ok", ValueType::boolean, "null: Debian's libcurl has no HTTP/3 to try it with"},
    FactSpec{"alt_svc", ValueType::text, "as sent"},
    FactSpec{
        "keepalive", ValueType::boolean,
        "the connection may be used again (RFC 9112 §9.3); null where it was closed over plain "
        "http, as Webmon asks for that itself there"},
};
constexpr std::array kReasons = {
    ReasonSpec{ReportState::skipped, "no_answer", "nothing answered in HTTP"},
    ReasonSpec{ReportState::warn, "http2_lost",
               "the answer came over HTTP/1 where the check before had HTTP/2"},
};

constexpr std::size_t kMostProtocols = 8;

/// Names of the alternatives, such as h3 (RFC 7838 §3).
std::vector<std::string> advertised(std::string_view alt_svc) {
  std::vector<std::string> names;
  for (auto& one : plugins::directives(alt_svc, ',')) {
    if (one.name == "clear" || one.value.empty()) continue;
    if (std::ranges::find(names, one.name) == names.end()) names.push_back(std::move(one.name));
  }
  return names;
}

/// Nothing: it cannot be told.
std::optional<bool> is_kept_alive(const Page& page) {
  if (page.http_version.starts_with('2')) return true;
  const auto list =
      plugins::directives(plugins::joined(page.headers, "connection").value_or(""), ',');
  if (plugins::find_directive(list, "close") != nullptr) {
    return page.url.is_https ? std::optional{false} : std::nullopt;
  }
  return page.http_version == "1.1" || plugins::find_directive(list, "keep-alive") != nullptr;
}

PluginOutput run(const PluginInput& input) {
  const Page& page = input.page;
  if (page.outcome != Outcome::ok || page.http_version.empty()) {
    return plugins::skipped(input, "no_answer");
  }
  PluginOutput output;
  Report& report = output.report;
  const auto alt_svc = plugins::joined(page.headers, "alt-svc");
  std::vector<std::string> protocols = advertised(alt_svc.value_or(""));
  const bool has_h3 = std::ranges::any_of(
      protocols, [](const std::string& name) { return name == "h3" || name.starts_with("h3-"); });
  if (page.tls && !page.tls->alpn.empty()) protocols.insert(protocols.begin(), page.tls->alpn);
  const bool is_h2 = page.http_version.starts_with('2');
  report.facts["alpn"] = plugins::bounded_list(protocols, kMostProtocols);
  report.facts["h2"] = is_h2;
  report.facts["h3_advertised"] = has_h3;
  report.facts["h3_ok"] = nullptr;
  if (alt_svc) report.facts["alt_svc"] = clean(*alt_svc, 255);
  const auto is_kept = is_kept_alive(page);
  report.facts["keepalive"] = is_kept ? boost::json::value(*is_kept) : boost::json::value(nullptr);
  if (input.state == "2" && !is_h2) {
    add_finding(report, {.severity = Severity::warn,
                         .code = "http2_lost",
                         .message = fmt::format("the answer came over HTTP/{}, at the check before "
                                                "over HTTP/2",
                                                clean(page.http_version, 8)),
                         .expected = "HTTP/2",
                         .seen = "HTTP/" + clean(page.http_version, 8),
                         .evidence = {}});
  }
  output.next_state = is_h2 ? "2" : "1";
  return output;
}

constexpr Plugin kPlugin{.name = "http-versions",
                         .number = 24,
                         .version = 1,
                         .summary = "Which versions of HTTP the site speaks and advertises.",
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
