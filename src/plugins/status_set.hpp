/// Sets of statuses, and the one that an asset's assertions say is right. Pure.
#pragma once

#include <algorithm>
#include <string_view>

#include "lib/core/asset.hpp"
#include "plugins/header_list.hpp"

namespace webmon::plugins {

/// `set` is a number, or a text such as "2xx" or "300-399". Anything else has no member.
inline bool is_in(const boost::json::value& set, int status) {
  if (const auto* number = set.if_int64()) return *number == status;
  const auto* text = set.if_string();
  if (text == nullptr) return false;
  const std::string_view words{*text};
  if (words.size() == 3 && words.ends_with("xx")) return words[0] - '0' == status / 100;
  const std::size_t dash = std::min(words.find('-'), words.size());
  const auto from = seconds_of(words.substr(0, dash));
  const auto to = seconds_of(words.substr(std::min(dash + 1, words.size())));
  return from && to && status >= *from && status <= *to;
}

/// The options of a plugin, or nullptr.
inline const boost::json::object* options_of(const Asset& asset, std::string_view plugin) {
  const auto* value = asset.plugins.if_contains(plugin);
  return value == nullptr ? nullptr : value->if_object();
}

/// Whether the assertions of the asset name this status as a valid one.
inline bool is_expected(const Asset& asset, int status) {
  const auto* options = options_of(asset, "assertions");
  const auto* codes = options == nullptr ? nullptr : options->if_contains("valid_status_codes");
  const auto* sets = codes == nullptr ? nullptr : codes->if_array();
  return sets != nullptr && std::ranges::any_of(*sets, [&](const boost::json::value& one) {
           return is_in(one, status);
         });
}

}  // namespace webmon::plugins
