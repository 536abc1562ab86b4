/// Streaming moments of one series: count, mean, sum of squared deviations, extremes, last value.
/// Pure. Source: Welford 1962 (update); Chan, Golub, LeVeque 1983 (merge). Numerically stable far
/// from zero.
#pragma once

#include <cstdint>

namespace webmon {

struct Moments {
  std::uint32_t n = 0;  ///< saturates at 2^32 - 1
  double mean = 0;
  double m2 = 0;  ///< sum of squared deviations from the mean; never negative
  double min = 0;
  double max = 0;
  double last = 0;

  /// Learns `value`. Returns false and changes nothing if it is NaN, infinite, or so large that the
  /// moments would stop being finite.
  [[nodiscard]] bool add(double value) noexcept;

  /// Sample standard deviation (n - 1); 0 if n < 2.
  double sd() const noexcept;

  /// True for what `add` and `merge` can make: what a decoder must check before it trusts stored
  /// bytes.
  bool is_valid() const noexcept;

  bool operator==(const Moments&) const = default;
};

/// Moments of `earlier` followed by `later`. `last` is that of `later` unless it is empty.
Moments merge(const Moments& earlier, const Moments& later) noexcept;

}  // namespace webmon
