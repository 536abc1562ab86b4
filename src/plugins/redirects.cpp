// redirects: the way from the URL that was asked for to the answer.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "plugins/builder.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"redirects", 1000, "count", true, 0.5, 0, "redirects followed", Excess::change},
};
constexpr std::array kFacts = {
    FactSpec{"chain", ValueType::objects, "every request: url, status, ms; the first 20"},
    FactSpec{"downgrade_to_http", ValueType::boolean, "a redirect led from https to http"},
    FactSpec{"cross_domain", ValueType::boolean,
             "the answer came from another host than asked for"},
    FactSpec{"loop", ValueType::boolean, "a URL came twice"},
    FactSpec{"final_domain", ValueType::text, "the host where the answer came from"},
    FactSpec{"final_domain_changed", ValueType::boolean, "another than at the check before"},
    FactSpec{"meta_refresh", ValueType::text, "where <meta http-equiv=refresh> leads"},
    FactSpec{"js_redirect_hint", ValueType::boolean,
             "a page with hardly any text whose script sets location"},
    FactSpec{"open_redirect_param", ValueType::text,
             "a parameter of the URL asked for that the first redirect followed to another host"},
};
constexpr std::array kReasons = {
    ReasonSpec{ReportState::skipped, "no_redirect", "no request was answered"},
    ReasonSpec{ReportState::warn, "final_domain_changed",
               "the answer comes from another host than at the check before"},
    ReasonSpec{ReportState::warn, "downgrade_to_http", "a redirect led from https to http"},
    ReasonSpec{ReportState::warn, "redirect_loop", "a URL came twice"},
    ReasonSpec{ReportState::ok, "open_redirect",
               "a parameter decides to which host the site redirects"},
};

constexpr std::size_t kMostHops = 20;
constexpr std::size_t kMostUrl = 255;
constexpr std::size_t kMostScript = 16U << 10U;  // bytes of a script that are looked at
constexpr std::uint64_t kHardlyAnyText = 200;

boost::json::array chain_of(const Page& page) {
  boost::json::array chain;
  for (const Hop& hop : page.hops) {
    if (chain.size() == kMostHops) break;
    chain.push_back({{"url", clean(hop.url.text, kMostUrl)},
                     {"status", hop.status},
                     {"ms", static_cast<double>(hop.total.count()) / 1000}});
  }
  return chain;
}

bool is_downgraded(const Page& page) {
  const auto next = std::ranges::adjacent_find(page.hops, [](const Hop& from, const Hop& to) {
    return from.url.is_https && !to.url.is_https;
  });
  return next != page.hops.end();
}

bool has_loop(const Page& page) {
  std::set<std::string_view> seen;
  return std::ranges::any_of(page.hops,
                             [&](const Hop& hop) { return !seen.insert(hop.url.text).second; });
}

bool hints_at_script(const Page& page) {
  const PageFeatures& f = page.features;
  if (!f.is_present || f.text_bytes > kHardlyAnyText) return false;
  constexpr std::array<std::string_view, 4> kWays = {"location.href", "location.replace",
                                                     "window.location", "location="};
  return std::ranges::any_of(f.scripts, [&](const Script& script) {
    const std::string_view text = script.text.substr(0, kMostScript);
    return std::ranges::any_of(kWays, [&](auto way) { return text.find(way) != text.npos; });
  });
}

/// The name of a parameter of the URL asked for whose value names the host of the first redirect.
std::string open_parameter(const Page& page) {
  if (page.hops.size() < 2 || page.hops[1].url.host == page.hops[0].url.host) return {};
  std::string_view query = page.hops[0].url.target;
  query.remove_prefix(std::min(query.find('?'), query.size()));
  while (query.size() > 1) {
    query.remove_prefix(1);
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string value = lower(pair.substr(equals + 1));
    const bool is_url =
        value.starts_with("http") || value.starts_with("//") || value.starts_with("%2f%2f");
    if (is_url && value.find(page.hops[1].url.host) != std::string::npos) {
      return clean(pair.substr(0, equals), 64);
    }
  }
  return {};
}

void add(Report& report, Severity severity, std::string_view code, std::string message,
         std::string expected, std::string seen) {
  add_finding(report, {.severity = severity,
                       .code = std::string{code},
                       .message = std::move(message),
                       .expected = std::move(expected),
                       .seen = std::move(seen),
                       .evidence = {}});
}

void judge(Report& report, const Page& page, std::string_view domain, std::string_view before) {
  if (!before.empty() && before != domain) {
    report.facts["final_domain_changed"] = true;
    add(report, Severity::warn, "final_domain_changed",
        fmt::format("the answer comes from {} now, at the check before it came from {}", domain,
                    clean(before)),
        clean(before), std::string{domain});
  }
  if (is_downgraded(page)) {
    report.facts["downgrade_to_http"] = true;
    add(report, Severity::warn, "downgrade_to_http",
        "a redirect leads from https to http, where anybody on the way can change the page",
        "https all the way", "http");
  }
  if (has_loop(page)) {
    report.facts["loop"] = true;
    add(report, Severity::warn, "redirect_loop", "the redirects came to one URL twice",
        "every URL once", fmt::format("{} requests", page.hops.size()));
  }
  if (const std::string name = open_parameter(page); !name.empty()) {
    report.facts["open_redirect_param"] = name;
    add(report, Severity::info, "open_redirect",
        fmt::format("the parameter {} decides to which host the site redirects", name),
        "redirects to hosts of a list", clean(page.hops[1].url.host, 255));
  }
}

PluginOutput run(const PluginInput& input) {
  const Page& page = input.page;
  if (page.hops.empty() || page.status == 0) return plugins::skipped(input, "no_redirect");
  const std::string domain = clean(page.hops.back().url.host, 255);
  PluginOutput output;
  Report& report = output.report;
  add_metric(report, kMetrics[0], static_cast<double>(page.hops.size() - 1));
  if (page.hops.size() > 1) report.facts["chain"] = chain_of(page);
  report.facts["final_domain"] = domain;
  if (domain != page.hops.front().url.host) report.facts["cross_domain"] = true;
  if (const auto url = page.features.refresh.url; !url.empty()) {
    report.facts["meta_refresh"] = clean(url, kMostUrl);
  }
  if (hints_at_script(page)) report.facts["js_redirect_hint"] = true;
  judge(report, page, domain, input.state);
  output.next_state = page.outcome == Outcome::ok ? domain : std::string{input.state};
  return output;
}

constexpr Plugin kPlugin{.name = "redirects",
                         .number = 10,
                         .version = 1,
                         .summary = "The way from the URL that was asked for to the answer.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
