// mixed-content: what a page of https loads over http (W3C Mixed Content).
#include <fmt/format.h>

#include <array>
#include <vector>

#include "lib/core/reference.hpp"
#include "plugins/builder.hpp"
#include "plugins/header_list.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"active_count", 1600, "count", true, 0.15, 0,
               "scripts, frames, styles and forms, which browsers block", Excess::injection},
    MetricSpec{"passive_count", 1601, "count", true, 1, 0.1,
               "images, audio and video, which browsers load or upgrade", Excess::change},
};
constexpr std::array kFacts = {
    FactSpec{"active", ValueType::texts, "the first 10 URLs"},
    FactSpec{"passive", ValueType::texts, "the first 10 URLs"},
    FactSpec{"upgrade_insecure_requests", ValueType::boolean,
             "a Content-Security-Policy has browsers load them over https instead"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    plugins::kNotHtml,
    ReasonSpec{ReportState::skipped, "not_https", "the page itself came over http"},
    ReasonSpec{ReportState::warn, "mixed_active", "at least one that browsers block"},
    ReasonSpec{ReportState::ok, "mixed_passive", "only such as browsers load or upgrade"},
};

constexpr std::size_t kMostTold = 10;

bool is_upgraded(const Page& page) {
  const auto header = plugins::joined(page.headers, "content-security-policy", ";").value_or("");
  const std::string_view meta = page.features.meta("content-security-policy");
  const std::string all = header + ";" + std::string{meta.substr(0, 8192)};
  return lower(all).find("upgrade-insecure-requests") != std::string::npos;
}

void tell(Report& report, Severity severity, std::string_view code,
          const std::vector<std::string_view>& urls, std::string_view what) {
  add_finding(report, {.severity = severity,
                       .code = std::string{code},
                       .message = fmt::format("the page loads {} over http", what),
                       .expected = "https only",
                       .seen = fmt::format("{} of them", urls.size()),
                       .evidence = clean(urls.front(), 300)});
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_html(input); !why.empty()) return plugins::skipped(input, why);
  const Page& page = input.page;
  if (!final_url(page).is_https) return plugins::skipped(input, "not_https");
  std::vector<std::string_view> active, passive;
  for (const InsecureReference& one : page.features.insecure) {
    (one.is_active ? active : passive).push_back(one.url);
  }
  PluginOutput output;
  Report& report = output.report;
  add_metric(report, kMetrics[0], static_cast<double>(active.size()));
  add_metric(report, kMetrics[1], static_cast<double>(passive.size()));
  if (active.empty() && passive.empty()) return output;
  if (!active.empty()) report.facts["active"] = plugins::bounded_list(active, kMostTold);
  if (!passive.empty()) report.facts["passive"] = plugins::bounded_list(passive, kMostTold);
  if (is_upgraded(page)) {
    report.facts["upgrade_insecure_requests"] = true;
    return output;
  }
  if (!active.empty()) tell(report, Severity::warn, "mixed_active", active, "scripts or the like");
  if (!passive.empty())
    tell(report, Severity::info, "mixed_passive", passive, "pictures or the like");
  return output;
}

constexpr Plugin kPlugin{.name = "mixed-content",
                         .number = 16,
                         .version = 1,
                         .describes_content = true,
                         .summary = "What a page of https loads over http.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
