/// Answers beside the page as JSON objects, which is what digests write. Pure.
#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "lib/core/plugin.hpp"

namespace webmon::plugins {

/// Empty if nothing answered, or not with an object.
inline boost::json::object side_object(const SideResult* side) {
  if (side == nullptr || !side->is_ok) return {};
  boost::system::error_code error;
  auto value = boost::json::parse(side->answer, error);
  return !error && value.is_object() ? std::move(value.as_object()) : boost::json::object{};
}

inline std::int64_t integer_at(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

/// Empty if there is none.
inline std::string_view text_at(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

inline bool flag_at(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace webmon::plugins
