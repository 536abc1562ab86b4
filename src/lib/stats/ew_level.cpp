#include "lib/stats/ew_level.hpp"

#include <algorithm>
#include <cmath>

namespace webmon {

double decay_of(double half_life) noexcept { return std::exp2(-1 / half_life); }

void EwLevel::add(double value, double decay) noexcept {
  weight = weight * decay + 1;
  const double share = 1 / weight;
  const double delta = value - mean;
  mean += share * delta;
  variance = std::max(0.0, (1 - share) * (variance + share * delta * delta));
}

double EwLevel::sd() const noexcept { return std::sqrt(variance); }

bool EwLevel::is_valid() const noexcept {
  const bool is_finite = std::isfinite(weight) && std::isfinite(mean) && std::isfinite(variance);
  return is_finite && weight >= 0 && variance >= 0 && (weight > 0 || *this == EwLevel{});
}

}  // namespace webmon
