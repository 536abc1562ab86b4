/// How far a value lies from what a series was before it, seen in several ways at once: from its
/// level, from its season, in its short mean, in its quietness. Pure. Each feature is a distance,
/// 0 or more, in a unit of its own; SeriesDetector makes them comparable.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/stats/ew_level.hpp"
#include "lib/stats/seasonal_profile.hpp"
#include "lib/stats/sliding_window.hpp"

namespace webmon {

/// Stored states hold one peak for each, in this order.
enum class Feature : std::uint8_t {
  hour_of_week,  ///< |value - mean at this hour of the week|
  day_drift,     ///< |value - mean at this hour of the day|, signed mean of half-life 24
  week_drift,    ///< the same of the hour of the week
  above,         ///< value over its level of half-life 1000
  below,         ///< value under its level of half-life 300
  log_distance,  ///< |log of the value - level of half-life 300 of the log|
  log_below,     ///< the same, under it only
  mean_above,    ///< level of half-life 10 over that of 1000
  mean_below,    ///< level of half-life 10 under that of 1000
  step_up,       ///< level of half-life 20 over that of 200
  step_down,     ///< level of half-life 20 under that of 200
  quiet,         ///< inverse of the deviation of the last 48 values
};
inline constexpr std::size_t kFeatures = 12;
/// "hour_of_week"; stable, for programs.
std::string_view to_string(Feature feature) noexcept;

class SeriesFeatures {
 public:
  static constexpr std::size_t kQuietWindow = 48;  ///< values

  struct Observed {
    std::array<double, kFeatures> distances{};
    double expected = 0;  ///< the mean at this hour of the week, or the level
    double sigma = 0;     ///< how far off such expectations were, root mean square
  };
  /// What a finite `value` is against all before it; then learns it.
  Observed observe(std::int64_t unix_seconds, double value) noexcept;

  /// For a packed state.
  void put_into(std::string& state) const;
  /// Takes what `put_into` wrote from the front. False if that cannot be.
  [[nodiscard]] bool take_from(std::string_view& state);

 private:
  enum Level : std::uint8_t {
    k10,
    k20,
    k200,
    k300,
    k1000,
    kLog300,
    kDayDrift,
    kWeekDrift,
    kResidual,
    kLevels
  };

  void learn(Level which, double value) noexcept;
  double quiet() noexcept;

  std::array<EwLevel, kLevels> levels_{};
  SeasonalProfile season_;
  SlidingWindow<double, kQuietWindow> recent_;
  double loudest_ = 0;  ///< the largest deviation of `recent_` so far
};

}  // namespace webmon
