/// Intervals as the command line says them: "30s", "5m", "12h", "7d", "never".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "pipeline/scheduler/plan.hpp"

namespace CLI {
class App;
}

namespace webmon::cli {

/// A whole number and s, m, h or d; no unit is seconds. 5 seconds to 7 days. Errors: bad_config,
/// naming the option.
Result<seconds> parse_interval(std::string_view option, std::string_view text);

/// Values of --interval (DURATION or "never") and --tag-interval (TAG=DURATION). Errors:
/// bad_config.
Result<scheduler::Intervals> parse_intervals(const std::string& all,
                                             const std::vector<std::string>& of_tags);

/// --interval and --tag-interval of `command`.
void add_interval_options(CLI::App& command, std::string& all, std::vector<std::string>& of_tags);

/// In the largest unit that fits: "5m", "90s".
std::string interval_text(seconds interval);

}  // namespace webmon::cli
