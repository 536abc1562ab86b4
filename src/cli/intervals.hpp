/// Intervals of assets as the command line says them: "30s", "5m", "12h", "7d". Pure.
#pragma once

#include <string_view>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"

namespace webmon::cli {

/// A duration of whole seconds (duration.hpp), 5 seconds to 7 days. Errors: bad_config, naming the
/// option.
Result<seconds> parse_interval(std::string_view option, std::string_view text);

}  // namespace webmon::cli
