#include "lib/stats/observation.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace webmon {
namespace {

bool is_usable(const Report& report) noexcept {
  return report.state == ReportState::ok || report.state == ReportState::warn ||
         report.state == ReportState::crit;
}

bool is_worse(const Observed& a, const Observed& b, Severity a_severity, Severity b_severity) {
  if (a_severity != b_severity) return a_severity > b_severity;
  return std::abs(a.score.z) > std::abs(b.score.z);
}

/// A change of the whole page at once is grave even if no single feature is.
void escalate(std::vector<std::pair<Observed, Finding>>& excessive) {
  const auto is_extreme = [](const auto& entry) {
    return entry.second.code == kExcessiveChange &&
           std::abs(entry.first.score.z) >= kExtremeThreshold;
  };
  if (std::ranges::count_if(excessive, is_extreme) < static_cast<int>(kExtremeMetrics)) return;
  for (auto& entry : excessive) {
    if (is_extreme(entry)) entry.second.severity = Severity::crit;
  }
}

ReportState state_for(Severity severity) noexcept {
  switch (severity) {
    case Severity::crit:
      return ReportState::crit;
    case Severity::warn:
      return ReportState::warn;
    case Severity::info:
      break;
  }
  return ReportState::ok;
}

void worsen(Report& report, const Finding& finding) {
  const ReportState state = state_for(finding.severity);
  if (state <= report.state) return;  // only ok, warn and crit come here, in this order
  report.state = state;
  report.reason = finding.code;
}

void attach(Report& report, std::span<const Observed> observed, bool is_usual) {
  std::vector<std::pair<Observed, Finding>> excessive;
  for (const Observed& one : observed) {
    if (!one.score.is_excessive) continue;
    excessive.emplace_back(one, explain(one.value, one.before, *one.spec, one.score));
  }
  escalate(excessive);
  for (auto& [one, finding] : excessive) {
    if (is_usual && finding.code == kExcessiveChange) finding.severity = Severity::info;
  }
  std::ranges::stable_sort(excessive, [](const auto& a, const auto& b) {
    return is_worse(a.first, b.first, a.second.severity, b.second.severity);
  });
  if (excessive.size() > kMaxStatisticalFindings) excessive.resize(kMaxStatisticalFindings);
  for (auto& entry : excessive) {
    worsen(report, entry.second);
    report.findings.push_back(std::move(entry.second));
  }
}

}  // namespace

void add_first(Report& report, Finding finding) {
  worsen(report, finding);
  report.findings.insert(report.findings.begin(), std::move(finding));
}

bool is_content_plugin(std::uint8_t plugin) noexcept {
  const Plugin* found = find_plugin(plugin);
  return found != nullptr && found->describes_content;
}

Judgement judge(Model& model, std::span<Report> reports, bool may_learn, bool is_content_usual,
                Model::Lookup lookup) {
  if (!may_learn) return {};
  for (Report& report : reports) {
    if (!is_usable(report)) continue;
    const bool is_usual = is_content_usual && is_content_plugin(report.plugin);
    attach(report, model.observe(report.metrics, lookup), is_usual);
  }
  return {.stats = model.stats()};
}

}  // namespace webmon
