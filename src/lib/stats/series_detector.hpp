/// Says how surprising each value of a numeric series is, from the values before it alone. Pure;
/// one pass, state of bounded size, no parameter that depends on the series. Not a judge of pages:
/// that is detector.hpp.
///
/// Every feature (series_features.hpp) is divided by its peak, the largest it has been, which fades
/// with a half-life: 1 is as far out as ever. Features that agree add up (a norm of high order).
/// A surprise counts once: what does not exceed those of the last kRest values scores 0.
/// docs/detection.md, "Numeric series", says how the constants were chosen.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"
#include "lib/stats/series_features.hpp"

namespace webmon {

struct SeriesVerdict {
  float surprise = 0;  ///< 0 to about 3; kAlert is remarkable
  float score = 0;     ///< the surprise, or 0 if it is no news
  Feature cause{};     ///< the feature that adds most to `surprise`
  double expected = 0, sigma = 0;
};

class SeriesDetector {
 public:
  static constexpr double kAlert = 1.0;            ///< the score from which a value is an alert
  static constexpr std::uint8_t kWarmup = 100;     ///< values before the first score
  static constexpr std::size_t kRest = 100;        ///< values over which a surprise is no news
  static constexpr double kPeakHalfLife = 10'000;  ///< values
  static constexpr double kNorm = 8;
  static constexpr double kMostPeaks = 3;   ///< a feature counts for no more
  static constexpr double kFirstPeaks = 2;  ///< what a feature counts that was always 0 before
  static constexpr double kUnit = 1.24;     ///< the norm that is called 1
  static constexpr double kLargest = 1e100;

  /// Judges `value` against those before it, then learns it. Nothing if it is NaN, infinite or
  /// beyond kLargest: then nothing is learned.
  std::optional<SeriesVerdict> add(std::int64_t unix_seconds, double value);

  /// The whole state: at most kMaxStateBytes, version byte first (series_state.cpp says what is
  /// where). An empty one is that of a new detector. `decode` errors: schema for a newer version,
  /// bad_frame for anything else that `encode` cannot have written.
  std::string encode() const;
  static Result<SeriesDetector> decode(std::string_view state);
  static constexpr std::size_t kMaxStateBytes = 3'028;

 private:
  std::uint8_t count_ = 0;  ///< values seen, up to kWarmup
  SeriesFeatures features_;
  std::array<double, kFeatures> peaks_{};
  SlidingWindow<float, kRest> surprises_;
};

}  // namespace webmon
