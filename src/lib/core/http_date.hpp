/// Dates in HTTP headers (RFC 9110 §5.6.7, and what RFC 6265 §5.1.1 forgives in cookies), read by
/// libcurl's own parser. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "lib/core/clock.hpp"

namespace webmon {

/// To the second. Nothing: no date, or one before 1970.
std::optional<StoreTime> parse_http_date(std::string_view text);

}  // namespace webmon
