/// Reading the members of a user's JSON object strictly: each error is bad_input and begins with
/// the path of the member. Pure. Internal to this folder.
#pragma once

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "lib/core/result.hpp"

namespace webmon {

inline tl::unexpected<Error> refuse(std::string_view path, std::string_view why) {
  return fail(Errc::bad_input, fmt::format("{}: {}", path, why));
}

inline std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

inline Result<std::string> read_string(const boost::json::value& value, std::string_view path) {
  if (!value.is_string()) return refuse(path, "must be a string");
  return std::string{view(value.get_string())};
}

inline Result<bool> read_bool(const boost::json::value& value, std::string_view path) {
  if (!value.is_bool()) return refuse(path, "must be true or false");
  return value.get_bool();
}

/// Moves a parsed value to its place, or its error out.
template <class T, class U>
Result<void> put(Result<T> from, U& to) {
  if (!from) return fail(std::move(from.error()));
  to = std::move(*from);
  return {};
}

}  // namespace webmon
