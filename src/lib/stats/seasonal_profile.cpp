#include "lib/stats/seasonal_profile.hpp"

#include <cmath>

namespace webmon {
namespace {

constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kFirstHour = 4 * 24;  // 1 January 1970 was a Thursday; weeks begin on Sunday

std::size_t modulo(std::int64_t value, std::size_t by) noexcept {
  const auto signed_by = static_cast<std::int64_t>(by);
  return static_cast<std::size_t>((value % signed_by + signed_by) % signed_by);
}

std::int64_t hour_number(std::int64_t unix_seconds) noexcept {
  return (unix_seconds - static_cast<std::int64_t>(modulo(unix_seconds, kHour))) / kHour;
}

std::size_t day_index(std::int64_t unix_seconds) noexcept {
  return modulo(hour_number(unix_seconds), SeasonalProfile::kHoursOfDay);
}

std::size_t week_index(std::int64_t unix_seconds) noexcept {
  return SeasonalProfile::kHoursOfDay +
         modulo(hour_number(unix_seconds) + kFirstHour, SeasonalProfile::kHoursOfWeek);
}

void learn(SeasonalProfile::Hour& hour, double value) noexcept {
  if (hour.count < SeasonalProfile::kMostCounted) ++hour.count;
  const double weight =  // the sum of the weights so far, a geometric series
      (1 - std::pow(SeasonalProfile::kDecay, hour.count)) / (1 - SeasonalProfile::kDecay);
  hour.mean += (value - hour.mean) / weight;
}

}  // namespace

double SeasonalProfile::of_day(std::int64_t unix_seconds, double otherwise) const noexcept {
  const auto& hour = hours_[day_index(unix_seconds)];
  return hour.count > 0 ? hour.mean : otherwise;
}

double SeasonalProfile::of_week(std::int64_t unix_seconds, double otherwise) const noexcept {
  const auto& hour = hours_[week_index(unix_seconds)];
  return hour.count > 0 ? hour.mean : otherwise;
}

void SeasonalProfile::add(std::int64_t unix_seconds, double value) noexcept {
  learn(hours_[day_index(unix_seconds)], value);
  learn(hours_[week_index(unix_seconds)], value);
}

}  // namespace webmon
