#include "cli/intervals.hpp"

#include <fmt/format.h>

#include "cli/duration.hpp"
#include "lib/core/asset.hpp"

namespace webmon::cli {

Result<seconds> parse_interval(std::string_view option, std::string_view text) {
  const auto interval = parse_duration(text);
  if (!interval || *interval < kLeastInterval || *interval > kMostInterval ||
      *interval % seconds{1} != milliseconds{0})
    return fail(Errc::bad_config,
                fmt::format("{} {}: give 5s to 7d, like 30s, 5m, 12h or 1d", option, text));
  return std::chrono::duration_cast<seconds>(*interval);
}

}  // namespace webmon::cli
