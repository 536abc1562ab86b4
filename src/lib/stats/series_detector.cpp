#include "lib/stats/series_detector.hpp"

#include <algorithm>
#include <cmath>

namespace webmon {

std::optional<SeriesVerdict> SeriesDetector::add(std::int64_t unix_seconds, double value) {
  if (!(std::abs(value) <= kLargest)) return std::nullopt;
  static const double fading = decay_of(kPeakHalfLife);
  const auto observed = features_.observe(unix_seconds, value);
  const bool is_warm = count_ >= kWarmup;
  SeriesVerdict verdict{.expected = observed.expected, .sigma = observed.sigma};
  double sum = 0;
  double largest = 0;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    const double distance = observed.distances[i];
    double& peak = peaks_[i];
    const double peaks =
        distance <= 0 ? 0 : std::min(peak > 0 ? distance / peak : kFirstPeaks, kMostPeaks);
    peak = std::max(peak * fading, distance);
    sum += std::pow(peaks, kNorm);
    if (peaks > largest) {
      largest = peaks;
      verdict.cause = static_cast<Feature>(i);
    }
  }
  if (!is_warm) {
    ++count_;
    return verdict;
  }
  verdict.surprise = static_cast<float>(std::pow(sum, 1 / kNorm) / kUnit);
  if (verdict.surprise > surprises_.max()) verdict.score = verdict.surprise;
  surprises_.add(verdict.surprise);
  return verdict;
}

}  // namespace webmon
