/// Metrics for the tests of this folder: the real ones live in src/plugins, which lib/stats does
/// not see.
#pragma once

#include <array>

#include "lib/core/plugin.hpp"

namespace webmon {

inline constexpr std::array kTestSpecs = {
    MetricSpec{"p_count", 301, "count", true, 3, 0.1, "", Excess::change},
    MetricSpec{"iframe_count", 302, "count", true, 0.15, 0, "", Excess::injection},
    MetricSpec{"bytes", 303, "bytes", true, 1024, 0.05, "", Excess::change},
    MetricSpec{"words", 304, "count", true, 60, 0.1, "", Excess::change},
    MetricSpec{"total_ms", 101, "ms", true, 500, 0.5, "", Excess::slow},
    MetricSpec{"tls_ms", 102, "ms", true, 300, 0.5, "", Excess::slow_part},
    MetricSpec{"status", 103, "code", false, 0, 0, "", Excess::change},
    MetricSpec{"no_floor", 305, "count", true, 0, 0, "", Excess::change}};

inline const MetricSpec* find_test_spec(std::uint16_t number) noexcept {
  for (const MetricSpec& spec : kTestSpecs) {
    if (spec.number == number) return &spec;
  }
  return nullptr;
}

/// 1,000 metrics like `spec`, from its number on, to reach the bounds.
inline std::array<MetricSpec, 1000> many_specs(MetricSpec spec) noexcept {
  std::array<MetricSpec, 1000> all{};
  for (auto& one : all) {
    one = spec;
    ++spec.number;
  }
  return all;
}

/// Of the numbers 1,000 to 1,999.
inline const MetricSpec* find_any_spec(std::uint16_t number) noexcept {
  static const auto specs = many_specs({"any", 1000, "count", true, 1, 0, "", Excess::change});
  return number >= 1000 && number < 2000 ? &specs.at(number - 1000U) : nullptr;
}

/// Of the numbers 2,000 to 2,999.
inline const MetricSpec* find_any_timing(std::uint16_t number) noexcept {
  static const auto specs = many_specs({"any_ms", 2000, "ms", true, 300, 0.5, "", Excess::slow});
  return number >= 2000 && number < 3000 ? &specs.at(number - 2000U) : nullptr;
}

}  // namespace webmon
