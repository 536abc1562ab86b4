#include "lib/stats/moments.hpp"

#include <algorithm>
#include <cmath>

#include "lib/stats/saturating_sum.hpp"

namespace webmon {

bool Moments::add(double value) noexcept {
  if (!std::isfinite(value)) return false;
  Moments next = *this;
  next.n = saturating_sum(n, 1);
  const double delta = value - mean;
  next.mean = mean + delta / static_cast<double>(next.n);
  next.m2 = m2 + delta * (value - next.mean);
  if (!std::isfinite(next.mean) || !std::isfinite(next.m2)) return false;
  next.min = n == 0 ? value : std::min(min, value);
  next.max = n == 0 ? value : std::max(max, value);
  next.last = value;
  // The mean of equal values may round away from them by one step; it must stay between the
  // extremes.
  next.mean = std::clamp(next.mean, next.min, next.max);
  next.m2 = std::max(next.m2, 0.0);
  *this = next;
  return true;
}

double Moments::sd() const noexcept {
  return n < 2 ? 0 : std::sqrt(m2 / (static_cast<double>(n) - 1));
}

bool Moments::is_valid() const noexcept {
  if (n == 0) return *this == Moments{};
  const bool is_finite = std::isfinite(mean) && std::isfinite(m2) && std::isfinite(min) &&
                         std::isfinite(max) && std::isfinite(last);
  return is_finite && m2 >= 0 && min <= mean && mean <= max && min <= last && last <= max;
}

Moments merge(const Moments& earlier, const Moments& later) noexcept {
  if (later.n == 0) return earlier;
  if (earlier.n == 0) return later;
  const auto a = static_cast<double>(earlier.n);
  const auto b = static_cast<double>(later.n);
  const double delta = later.mean - earlier.mean;
  Moments whole;
  whole.n = saturating_sum(earlier.n, later.n);
  whole.min = std::min(earlier.min, later.min);
  whole.max = std::max(earlier.max, later.max);
  whole.mean = std::clamp(earlier.mean + delta * (b / (a + b)), whole.min, whole.max);
  whole.m2 = earlier.m2 + later.m2 + delta * delta * (a * b / (a + b));
  whole.last = later.last;
  return whole;
}

}  // namespace webmon
