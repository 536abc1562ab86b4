/// Feeds one observation of an asset, all its reports, to the asset's model, and writes the verdict
/// into the reports. Used by the executor after the plugins have run. Pure.
#pragma once

#include <span>
#include <vector>

#include "lib/core/report.hpp"
#include "lib/stats/model.hpp"

namespace webmon {

inline constexpr std::size_t kMaxStatisticalFindings = 8;  ///< per report; the worst are kept

struct Judgement {
  std::vector<MetricStats>
      stats;  ///< the whole model after this observation; empty if nothing was learned
};

/// Judges and learns the statistical metrics of all reports (those `skipped`, `error` or
/// `inconclusive` have none to give), and adds findings to the report that owns the metric, worst
/// first, which worsens its state:
///   excessive_change  warn; crit for more of an injected-looking element, or kExtremeMetrics of
///   one report
///                     with |z| >= kExtremeThreshold
///   slow              warn for the total, info for a phase
/// Where `is_content_usual`, a change of what the page contains (`is_content_plugin`) is info: the
/// page as a whole was compared with its history and found as it uses to be (lib/change), and one
/// number of many that is far off says less than that.
/// `may_learn` false (page down or inconclusive, observation older than the newest): nothing
/// happens at all. So the caller decides it from `decide_state` over the reports before this call,
/// then decides the state anew.
Judgement judge(Model& model, std::span<Report> reports, bool may_learn,
                bool is_content_usual = false, Model::Lookup lookup = find_metric);

/// Puts a finding before the others and lets it worsen the report's state.
void add_first(Report& report, Finding finding);

/// Whether it is compiled in and `describes_content`.
bool is_content_plugin(std::uint8_t plugin) noexcept;

}  // namespace webmon
