#include "lib/stats/series_detector.hpp"

#include <Eigen/Core>
#include <cmath>

namespace webmon {
namespace {

using Features = Eigen::Array<double, kFeatures, 1>;

double norm_of(const Features& ratios) {
  static_assert(SeriesDetector::kNorm == 8);
  return std::sqrt(std::sqrt(std::sqrt(ratios.square().square().square().sum())));
}

}  // namespace

std::optional<SeriesVerdict> SeriesDetector::add(std::int64_t unix_seconds, double value) {
  if (!(std::abs(value) <= kLargest)) return std::nullopt;
  static const double fading = decay_of(kPeakHalfLife);
  const auto observed = features_.observe(unix_seconds, value);
  const bool is_warm = count_ >= kWarmup;
  SeriesVerdict verdict{.expected = observed.expected, .sigma = observed.sigma};
  const Features distances = Eigen::Map<const Features>{observed.distances.data()};
  Eigen::Map<Features> peaks{peaks_.data()};
  const Features of_peak = (peaks > 0).select(distances / peaks, kFirstPeaks).min(kMostPeaks);
  const Features ratios = (distances > 0).select(of_peak, 0);
  peaks = (peaks * fading).max(distances);
  Eigen::Index largest = 0;
  if (ratios.maxCoeff(&largest) > 0) verdict.cause = static_cast<Feature>(largest);
  if (!is_warm) {
    ++count_;
    return verdict;
  }
  verdict.surprise = static_cast<float>(norm_of(ratios) / kUnit);
  if (verdict.surprise > surprises_.max()) verdict.score = verdict.surprise;
  surprises_.add(verdict.surprise);
  return verdict;
}

}  // namespace webmon
