/// Counts that stay at their largest value. Pure.
#pragma once

#include <cstdint>
#include <limits>

namespace webmon {

/// a + b, or 2^32 - 1 if that is less.
constexpr std::uint32_t saturating_sum(std::uint32_t a, std::uint32_t b) noexcept {
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  return a > kMost - b ? kMost : a + b;
}

}  // namespace webmon
