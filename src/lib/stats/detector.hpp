/// The excessive-change decision: one rule, which covers a constant history (sigma = 0) as well.
/// Pure.
///
///   sigma_eff = max(sd, floor_absolute, floor_relative * |mean|)
///   z         = (x - mean) / sigma_eff
///   excessive if n >= kWarmup and |z| >= kThreshold   (Excess::slow*: only z >= kThreshold)
///
/// The floors are the metric's own (MetricSpec): small where one more matters (an injected
/// <iframe>), generous where it does not (one more paragraph). docs/plugins.md lists them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/core/plugin.hpp"
#include "lib/core/report.hpp"
#include "lib/stats/moments.hpp"

namespace webmon {

inline constexpr double kThreshold = 5.0;  ///< sigmas
inline constexpr double kExtremeThreshold =
    10;  ///< sigmas; kExtremeMetrics of one report at once are crit
inline constexpr std::size_t kExtremeMetrics = 3;
inline constexpr std::uint32_t kWarmup = 20;  ///< observations before the first verdict
inline constexpr double kMaxZ = 1e6;  ///< z is clamped to this: sigma may be next to nothing
inline constexpr std::string_view kExcessiveChange = "excessive_change";  ///< Finding::code
inline constexpr std::string_view kSlow = "slow";                         ///< Finding::code

/// How far one value lies from the history before it.
struct Score {
  double z = 0;      ///< 0 during warm-up
  double floor = 0;  ///< the larger of the two floors, in the metric's unit
  double sigma = 0;  ///< what z was divided by
  bool is_excessive = false;
};

/// sigma_eff above, of a history with this mean and standard deviation. What is further than
/// kThreshold of them from the mean is excessive. 0 without floors and without variation.
double effective_sigma(double mean, double sd, const MetricSpec& spec) noexcept;
/// True for metrics that are judged upwards only: Excess::slow*.
bool is_one_sided(Excess excess) noexcept;

Score score(double value, const Moments& before, const MetricSpec& spec) noexcept;

/// The finding for an excessive value: "iframe_count is 1; over 60 observations it was 0 on average
/// (sigma 0, floor 0.15): z = 6.7". Code `excessive_change`, or `slow` for timings.
Finding explain(double value, const Moments& before, const MetricSpec& spec, const Score& score);

}  // namespace webmon
