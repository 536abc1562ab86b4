/// Robust location and scale of a sample that is there as a whole: quantiles, median, median
/// absolute deviation. Few outliers do not move them, unlike mean and deviation (moments.hpp).
/// Pure.   Source: Hyndman and Fan 1996, type 7 (numpy's and R's default); Rousseeuw and Croux
/// 1993.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace webmon {

/// 1 / Φ⁻¹(3/4): what makes the median absolute deviation of a normal sample estimate its standard
/// deviation.
inline constexpr double kMadConsistency = 1.482602218505602;

class OrderedSample {
 public:
  /// Takes values in any order. Nothing if there are none, or one is NaN or infinite.
  static std::optional<OrderedSample> of(std::vector<double> values);

  std::size_t size() const noexcept { return values_.size(); }
  /// Interpolates linearly between the two values beside it. `p` is clamped to 0 to 1, which are
  /// the smallest and the largest.
  double quantile(double p) const noexcept;
  double median() const noexcept { return quantile(0.5); }
  /// Median absolute deviation from the median, times kMadConsistency: in the values' unit, to be
  /// compared with a standard deviation. 0 if more than half of the values are the same.
  double mad() const;

 private:
  explicit OrderedSample(std::vector<double> ascending) : values_{std::move(ascending)} {}

  std::vector<double> values_;  ///< ascending, never empty
};

}  // namespace webmon
