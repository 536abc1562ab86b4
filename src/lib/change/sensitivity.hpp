/// From how many false alerts a year somebody wants of a page to the score from which on it alerts.
/// Pure.
///
/// False alerts are made by honest changes. On the recorded pages, of changes of version a share of
/// kRate * exp(-kSlope * t) had a score of t or more, within a third of what was counted for t
/// from -3 to 3 (docs/detection.md). So the score follows from how often the page changes.
#pragma once

#include <algorithm>
#include <cmath>

namespace webmon::change {

inline constexpr double kRate = 0.0059;
inline constexpr double kSlope = 0.45;
inline constexpr double kLeastAlert = -3;  ///< the range that was counted
inline constexpr double kMostAlert = 5;

/// Both must be above 0.
inline double alert_for(double false_alerts_a_year, double changes_a_year) noexcept {
  const double alert = std::log(kRate * changes_a_year / false_alerts_a_year) / kSlope;
  return std::clamp(alert, kLeastAlert, kMostAlert);
}

}  // namespace webmon::change
