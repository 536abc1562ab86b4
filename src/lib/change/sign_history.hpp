/// How large each sign was in the observations that were accepted: what the page uses to do. Pure.
/// Source: Chan, Golub, LeVeque 1983 (merge of moments).
#pragma once

#include <array>
#include <cstdint>

#include "lib/change/sign.hpp"

namespace webmon::change {

/// False for what describes the page rather than a change of it: those are not counted.
constexpr bool is_counted(Sign sign) noexcept {
  return sign != Sign::size_calm && sign != Sign::changes_often && sign != Sign::tiny &&
         sign != Sign::calm;
}

inline constexpr double kMostDeviation = 4;

/// What a sign used to be.
struct Usual {
  std::uint32_t n = 0;  ///< observations; 0: it is not counted
  double mean = 0;
  double sd = 0;  ///< sample standard deviation (n - 1); 0 if n < 2
  bool operator==(const Usual&) const = default;
};

/// How far one observation goes beyond what is usual. What the page always does is no news.
struct Unusual {
  /// Of each sign what is above its mean; all of it where too few observations are counted.
  Evidence excess{};
  /// By how many tens of standard deviations each sign is above its mean: 0 to kMostDeviation, 0
  /// where too few are counted.
  Evidence deviations{};
};

/// Observations are numbered by how many were accepted before them. Those that are not told were as
/// before, so that each sign was 0. Observation 0 is not counted: all of it is new.
struct SignHistory {
  struct Spread {
    float mean = 0;
    float m2 = 0;  ///< sum of squared deviations from the mean
    bool operator==(const Spread&) const = default;
  };
  std::uint32_t from = 1;   ///< the first that is counted
  std::uint32_t until = 1;  ///< `spreads` are of those before this one
  std::array<Spread, kSigns> spreads{};

  /// Observation `number` was accepted; it is told after those with lower numbers.
  void add(std::uint32_t number, const Evidence& evidence) noexcept;
  /// Of the observations before `number`.
  Usual before(std::uint32_t number, Sign sign) const noexcept;
  /// Of observation `number`, set beside those before it.
  Unusual unusual(std::uint32_t number, const Evidence& evidence) const noexcept;

  bool operator==(const SignHistory&) const = default;
};

}  // namespace webmon::change
