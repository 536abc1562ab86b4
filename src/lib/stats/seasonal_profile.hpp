/// What a series usually is at this hour: an exponentially weighted mean for each hour of the day
/// and each hour of the week. Pure. Hours are UTC; a season that moves with daylight saving time is
/// learned anew.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "lib/stats/ew_level.hpp"

namespace webmon {

class SeasonalProfile {
 public:
  static constexpr std::size_t kHoursOfDay = 24;
  static constexpr std::size_t kHoursOfWeek = 168;
  static constexpr double kDecay = 0.98;  ///< of a weight, at each observation in the same hour

  /// The mean at the hour of `unix_seconds` so far; nothing seen: `otherwise`.
  double of_day(std::int64_t unix_seconds, double otherwise) const noexcept;
  double of_week(std::int64_t unix_seconds, double otherwise) const noexcept;
  /// Learns a finite `value`.
  void add(std::int64_t unix_seconds, double value) noexcept;

  static constexpr std::uint16_t kMostCounted = 2'000;  ///< one more changes no weight

  struct Hour {
    std::uint16_t count = 0;  ///< observations, up to kMostCounted; 0: not seen
    double mean = 0;
    bool operator==(const Hour&) const = default;
  };
  /// All hours, those of the day first: what a packed state holds.
  std::span<const Hour> hours() const noexcept { return hours_; }
  std::span<Hour> hours() noexcept { return hours_; }
  bool operator==(const SeasonalProfile&) const = default;

 private:
  std::array<Hour, kHoursOfDay + kHoursOfWeek> hours_{};
};

}  // namespace webmon
