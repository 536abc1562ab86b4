#include "lib/stats/robust.hpp"

#include <algorithm>
#include <cmath>

namespace webmon {

std::optional<OrderedSample> OrderedSample::of(std::vector<double> values) {
  const auto is_finite = [](double value) { return std::isfinite(value); };
  if (values.empty() || !std::ranges::all_of(values, is_finite)) return std::nullopt;
  std::ranges::sort(values);
  return OrderedSample{std::move(values)};
}

double OrderedSample::quantile(double p) const noexcept {
  const double position = std::clamp(p, 0.0, 1.0) * static_cast<double>(values_.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, values_.size() - 1);
  return std::lerp(values_[below], values_[above], position - static_cast<double>(below));
}

double OrderedSample::mad() const {
  const double middle = median();
  std::vector<double> distances;
  distances.reserve(values_.size());
  for (const double value : values_) distances.push_back(std::abs(value - middle));
  std::ranges::sort(distances);
  return kMadConsistency * OrderedSample{std::move(distances)}.median();
}

}  // namespace webmon
