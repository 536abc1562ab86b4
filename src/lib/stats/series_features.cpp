#include "lib/stats/series_features.hpp"

#include <algorithm>
#include <cmath>

namespace webmon {
namespace {

/// Of the levels, in their order.
constexpr std::array kHalfLives{10.0, 20.0, 200.0, 300.0, 1000.0, 300.0, 24.0, 24.0, 300.0};
/// Of the largest deviation: the quietest that still makes a difference.
constexpr double kLeastDeviation = 0.01;

double signed_log(double value) noexcept {
  return std::copysign(std::log1p(std::abs(value)), value);
}

double over(double a, double b) noexcept { return std::max(a - b, 0.0); }

}  // namespace

std::string_view to_string(Feature feature) noexcept {
  using enum Feature;
  switch (feature) {
    case hour_of_week:
      return "hour_of_week";
    case day_drift:
      return "day_drift";
    case week_drift:
      return "week_drift";
    case above:
      return "above";
    case below:
      return "below";
    case log_distance:
      return "log_distance";
    case log_below:
      return "log_below";
    case mean_above:
      return "mean_above";
    case mean_below:
      return "mean_below";
    case step_up:
      return "step_up";
    case step_down:
      return "step_down";
    case quiet:
      return "quiet";
  }
  return "";
}

void SeriesFeatures::learn(Level which, double value) noexcept {
  static const auto decays = [] {
    std::array<double, kLevels> all{};
    std::ranges::transform(kHalfLives, all.begin(), decay_of);
    return all;
  }();
  levels_[which].add(value, decays[which]);
}

double SeriesFeatures::quiet() noexcept {
  const Moments recent = recent_.moments();
  const double deviation = std::sqrt(recent.m2 / static_cast<double>(recent.n));
  loudest_ = std::max(loudest_, deviation);
  return loudest_ > 0 ? loudest_ / (deviation + kLeastDeviation * loudest_) : 0;
}

SeriesFeatures::Observed SeriesFeatures::observe(std::int64_t unix_seconds, double value) noexcept {
  const bool is_first = levels_[k10].weight == 0;
  const auto before = [&](Level which, double of) { return is_first ? of : levels_[which].mean; };
  const double log_value = signed_log(value);
  const double level_300 = before(k300, value);
  const double level_1000 = before(k1000, value);
  const double off_log = log_value - before(kLog300, log_value);
  const double off_day = value - season_.of_day(unix_seconds, value);
  const double off_week = value - season_.of_week(unix_seconds, value);
  const double expected = season_.of_week(unix_seconds, level_300);
  const double sigma = std::hypot(levels_[kResidual].mean, levels_[kResidual].sd());

  for (const Level which : {k10, k20, k200, k300, k1000}) learn(which, value);
  learn(kLog300, log_value);
  learn(kDayDrift, off_day);
  learn(kWeekDrift, off_week);
  learn(kResidual, value - expected);
  season_.add(unix_seconds, value);
  recent_.add(value);

  const auto mean = [this](Level which) { return levels_[which].mean; };
  return {.distances = {std::abs(off_week), std::abs(mean(kDayDrift)), std::abs(mean(kWeekDrift)),
                        over(value, level_1000), over(level_300, value), std::abs(off_log),
                        std::max(-off_log, 0.0), over(mean(k10), mean(k1000)),
                        over(mean(k1000), mean(k10)), over(mean(k20), mean(k200)),
                        over(mean(k200), mean(k20)), quiet()},
          .expected = expected,
          .sigma = sigma};
}

}  // namespace webmon
