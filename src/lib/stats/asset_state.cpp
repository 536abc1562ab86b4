#include "lib/stats/asset_state.hpp"

#include <algorithm>

#include "lib/stats/detector.hpp"

namespace webmon {
namespace {

bool is_bad(const Report& report) noexcept {
  return report.state == ReportState::warn || report.state == ReportState::crit;
}

bool has_change(const Report& report) noexcept {
  return is_bad(report) && std::ranges::any_of(report.findings, [](const Finding& finding) {
           return finding.code == kExcessiveChange && finding.severity != Severity::info;
         });
}

/// The probe is also crit if its own statistics are far off; then the page did answer.
bool is_down(const Report& report) noexcept {
  if (report.state != ReportState::crit) return false;
  return report.plugin == kPageClass ||
         (report.plugin == kHttpProbe && report.reason != kExcessiveChange);
}

bool is_in_doubt(const Report& report) noexcept {
  return report.state == ReportState::inconclusive &&
         (report.plugin == kHttpProbe || report.plugin == kPageClass);
}

bool is_verdict(const Report& report) noexcept {
  return report.state == ReportState::ok || is_bad(report);
}

}  // namespace

AssetState decide_state(std::span<const Report> reports) noexcept {
  if (reports.empty()) return AssetState::unknown;
  if (std::ranges::any_of(reports, is_down)) return AssetState::down;
  if (std::ranges::any_of(reports, is_in_doubt)) return AssetState::inconclusive;
  if (std::ranges::none_of(reports, is_verdict)) return AssetState::inconclusive;
  if (std::ranges::any_of(reports, has_change)) return AssetState::changed;
  if (std::ranges::any_of(reports, is_bad)) return AssetState::degraded;
  return AssetState::up;
}

}  // namespace webmon
