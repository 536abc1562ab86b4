/// Exponentially weighted level and spread of a series: half of the weight is younger than the
/// half-life. Over an infinite half-life they are the plain mean and deviation. Pure.
///
/// Source: West 1979 (weighted update of mean and sum of squares), with weights 2^(-age/half-life).
/// The first values are not favoured: the mean is the weighted mean of what has been seen.
#pragma once

#include <limits>

namespace webmon {

inline constexpr double kForever = std::numeric_limits<double>::infinity();  ///< a half-life

/// What a weight is multiplied with at each later observation; `half_life` in observations.
double decay_of(double half_life) noexcept;

struct EwLevel {
  double weight = 0;  ///< of all values seen; 0: none
  double mean = 0;
  double variance = 0;  ///< weighted mean of the squared deviations from `mean`

  /// Learns a finite `value`; `decay` is in (0, 1].
  void add(double value, double decay) noexcept;
  double sd() const noexcept;
  /// True for what `add` can make.
  bool is_valid() const noexcept;
  bool operator==(const EwLevel&) const = default;
};

}  // namespace webmon
