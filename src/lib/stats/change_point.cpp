#include "lib/stats/change_point.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lib/stats/robust.hpp"

namespace webmon {
namespace {

using Values = std::span<const double>;

constexpr double kStandardErrors = 5;
constexpr double kLeastShift = 1.5;  // of the medians, in standard deviations of the noise

double median(Values values) { return OrderedSample::of({values.begin(), values.end()})->median(); }

/// Standard deviation of independent normal values with these differences of neighbours.
double noise_of(Values values) {
  std::vector<double> distances;
  for (std::size_t i = 1; i < values.size(); ++i)
    distances.push_back(std::abs(values[i] - values[i - 1]));
  return kMadConsistency * median(distances) / std::sqrt(2.0);
}

/// Where the level changes within `values`.
std::optional<std::size_t> shift_in(Values values, double noise) {
  const auto split = best_split(values, kLeastLevel);
  if (!split || std::sqrt(split->gain) < kStandardErrors * noise) return {};
  const double before = median(values.first(split->at)), after = median(values.subspan(split->at));
  const double shift = std::abs(after - before);
  if (shift == 0 || shift < kLeastShift * noise) return {};
  // Else the part is only as long because of kLeastLevel.
  const bool is_begun = std::abs(values[split->at] - after) < std::abs(values[split->at] - before);
  if (!is_begun) return {};
  return split->at;
}

}  // namespace

std::optional<Split> best_split(Values values, std::size_t least) {
  const auto n = static_cast<double>(values.size());
  double total = 0;
  for (const double value : values) total += value / n;
  std::optional<Split> best;
  double sum = 0;  // of deviations from the mean of all, which keeps large offsets out of it
  for (std::size_t at = 1; at + least <= values.size(); ++at) {
    sum += values[at - 1] - total;
    if (at < least) continue;
    const auto first = static_cast<double>(at);
    const double gain = sum * sum * n / (first * (n - first));
    if (gain > (best ? best->gain : 0)) best = Split{at, gain};
  }
  return best;
}

std::optional<ChangePoint> last_change_point(Values values) {
  const auto is_finite = [](double value) { return std::isfinite(value); };
  if (values.size() < 2 * kLeastLevel || !std::ranges::all_of(values, is_finite)) return {};
  const double noise = noise_of(values);
  const auto first = shift_in(values, noise);
  if (!first) return {};
  std::size_t begin = 0, at = *first;  // of the level before, and of the last one
  while (const auto later = shift_in(values.subspan(at), noise)) {
    begin = at;
    at += *later;
  }
  while (const auto earlier = shift_in(values.subspan(begin, at - begin), noise)) begin += *earlier;
  return ChangePoint{at, median(values.subspan(begin, at - begin)), median(values.subspan(at))};
}

}  // namespace webmon
