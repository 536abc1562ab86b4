/// Strict JSON of request bodies: UTF-8, at most 32 levels deep, no duplicate names, nothing behind
/// the value. Pure.
#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "lib/core/result.hpp"

namespace webmon::api {

inline constexpr std::size_t kMaxJsonDepth = 32;

/// Errors: bad_input, with what is wrong and roughly where.
Result<boost::json::object> parse_json_object(std::string_view text);

}  // namespace webmon::api
