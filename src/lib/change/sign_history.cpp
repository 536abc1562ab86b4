#include "lib/change/sign_history.hpp"

#include <algorithm>
#include <cmath>

namespace webmon::change {
namespace {

using Spread = SignHistory::Spread;

constexpr double kLeastSd = 0.05;  // signs that have never been there have none
constexpr std::uint32_t kLeastCounted = 10;

/// Of `n` values, and then `more` that are all `value`; together at least one.
Spread joined(const Spread& spread, double n, double value, double more) noexcept {
  const double delta = value - static_cast<double>(spread.mean);
  const double weight = more / (n + more);
  return {static_cast<float>(static_cast<double>(spread.mean) + delta * weight),
          static_cast<float>(static_cast<double>(spread.m2) + delta * delta * n * weight)};
}

/// With those that nobody told, before `number`, which is above `from`.
Spread caught_up(const SignHistory& history, std::size_t sign, std::uint32_t number) noexcept {
  return joined(history.spreads[sign], history.until - history.from, 0, number - history.until);
}

}  // namespace

void SignHistory::add(std::uint32_t number, const Evidence& evidence) noexcept {
  if (number < until) return;
  for (std::size_t i = 0; i < kSigns; ++i) {
    if (!is_counted(static_cast<Sign>(i))) continue;
    if (number > from) spreads[i] = caught_up(*this, i, number);
    spreads[i] = joined(spreads[i], number - from, evidence[i], 1);
  }
  until = number + 1;
}

Usual SignHistory::before(std::uint32_t number, Sign sign) const noexcept {
  if (!is_counted(sign) || number <= from || number < until) return {};
  const Spread spread = caught_up(*this, static_cast<std::size_t>(sign), number);
  const std::uint32_t n = number - from;
  const double sd = n < 2 ? 0 : std::sqrt(static_cast<double>(spread.m2) / (n - 1));
  return {n, static_cast<double>(spread.mean), sd};
}

Unusual SignHistory::unusual(std::uint32_t number, const Evidence& evidence) const noexcept {
  Unusual unusual{.excess = evidence};
  for (std::size_t i = 0; i < kSigns; ++i) {
    if (evidence[i] <= 0) continue;
    const Usual usual = before(number, static_cast<Sign>(i));
    if (usual.n < kLeastCounted) continue;
    unusual.excess[i] = std::max(evidence[i] - usual.mean, 0.0);
    const double sds = (evidence[i] - usual.mean) / std::max(usual.sd, kLeastSd);
    unusual.deviations[i] = std::clamp(sds / 10, 0.0, kMostDeviation);
  }
  return unusual;
}

}  // namespace webmon::change
