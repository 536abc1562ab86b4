/// Durations as people write them: "250ms", "30s", "5m", "12h", "7d". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/core/clock.hpp"

namespace webmon::cli {

/// A whole number and ms, s, m, h or d; no unit is seconds. Nothing: not a duration, or one of more
/// than 100 years.
std::optional<milliseconds> parse_duration(std::string_view text);

/// In the largest unit that fits: "5m", "90s", "0s".
std::string duration_text(milliseconds duration);

}  // namespace webmon::cli
