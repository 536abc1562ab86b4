#include "lib/stats/detector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace webmon {
namespace {

double floor_of(double mean, const MetricSpec& spec) noexcept {
  return std::max(spec.floor_absolute, spec.floor_relative * std::abs(mean));
}

Severity severity_of(Excess excess, double z) noexcept {
  switch (excess) {
    case Excess::slow_part:
      return Severity::info;
    case Excess::injection:
      return z > 0 ? Severity::crit : Severity::warn;
    case Excess::slow:
    case Excess::change:
      break;
  }
  return Severity::warn;
}

}  // namespace

bool is_one_sided(Excess excess) noexcept {
  return excess == Excess::slow || excess == Excess::slow_part;
}

double effective_sigma(double mean, double sd, const MetricSpec& spec) noexcept {
  return std::max(sd, floor_of(mean, spec));
}

Score score(double value, const Moments& before, const MetricSpec& spec) noexcept {
  Score result;
  if (before.n < kWarmup) return result;
  result.floor = floor_of(before.mean, spec);
  result.sigma = effective_sigma(before.mean, before.sd(), spec);
  if (!(result.sigma > 0)) {
    // A metric without floors and without variation: any other value is infinitely far away.
    result.z = value == before.mean ? 0 : std::copysign(kMaxZ, value - before.mean);
  } else {
    result.z = std::clamp((value - before.mean) / result.sigma, -kMaxZ, kMaxZ);
  }
  const double distance = is_one_sided(spec.excess) ? result.z : std::abs(result.z);
  result.is_excessive = distance >= kThreshold;
  return result;
}

Finding explain(double value, const Moments& before, const MetricSpec& spec, const Score& score) {
  Finding finding;
  finding.severity = severity_of(spec.excess, score.z);
  finding.code = is_one_sided(spec.excess) ? kSlow : kExcessiveChange;
  finding.message = fmt::format(
      "{} is {:.6g}; over {} observations it was {:.6g} on average (sigma {:.3g}, floor {:.3g}): "
      "z = {:.1f}",
      spec.name, value, before.n, before.mean, before.sd(), score.floor, score.z);
  const double margin = kThreshold * score.sigma;
  finding.expected = is_one_sided(spec.excess)
                         ? fmt::format("below {:.6g} {}", before.mean + margin, spec.unit)
                         : fmt::format("{:.6g} to {:.6g} {}", before.mean - margin,
                                       before.mean + margin, spec.unit);
  finding.seen = fmt::format("{:.6g} {}", value, spec.unit);
  finding.evidence =
      fmt::format("feature={} value={:.9g} mean={:.9g} sigma={:.6g} n={} z={:.4g} floor={:.6g}",
                  spec.name, value, before.mean, before.sd(), before.n, score.z, score.floor);
  return finding;
}

}  // namespace webmon
