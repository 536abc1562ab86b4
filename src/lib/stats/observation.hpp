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
/// `may_learn` false (page down or inconclusive, observation older than the newest): nothing
/// happens at all. So the caller decides it from `decide_state` over the reports before this call,
/// then decides the state anew.
Judgement judge(Model& model, std::span<Report> reports, bool may_learn,
                Model::Lookup lookup = find_metric);

}  // namespace webmon
