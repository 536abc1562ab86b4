/// Lists in HTTP headers (RFC 9110 §5.6): directives with or without a value. Pure.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/builder.hpp"

namespace webmon::plugins {

struct Directive {
  std::string name;   ///< lower case
  std::string value;  ///< without quotes; empty if it has none
};

/// Members of `text` between `separator`s, as "name" or "name=value"; at most 64.
inline std::vector<Directive> directives(std::string_view text, char separator) {
  constexpr std::size_t kMost = 64;
  std::vector<Directive> list;
  while (!text.empty() && list.size() < kMost) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view item = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (item.empty()) continue;
    const std::size_t equals = std::min(item.find('='), item.size());
    const std::string_view value = item.substr(std::min(equals + 1, item.size()));
    list.push_back({lower(trim(item.substr(0, equals))), std::string{trim(value, " \t\"")}});
  }
  return list;
}

inline const Directive* find_directive(const std::vector<Directive>& list,
                                       std::string_view name) noexcept {
  for (const Directive& one : list) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

/// A number of seconds that is not negative; at most 2^31 (RFC 9111 §1.2.2). Nothing: not one.
inline std::optional<double> seconds_of(std::string_view text) noexcept {
  constexpr double kMost = 2147483648.0;
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
  if (text.size() > 10) return kMost;
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return std::min(static_cast<double>(value), kMost);
}

/// All values of a header, joined as RFC 9110 §5.3 allows, or nothing; at most 8 KiB.
inline std::optional<std::string> joined(const Headers& headers, std::string_view name,
                                         std::string_view between = ", ") {
  constexpr std::size_t kMost = 8192;
  std::optional<std::string> all;
  for (const auto& [header, value] : headers) {
    if (header != name) continue;
    if (!all) {
      all = value;
    } else if (all->size() < kMost) {
      all->append(between).append(value);
    }
  }
  if (all && all->size() > kMost) all->resize(kMost);
  return all;
}

}  // namespace webmon::plugins
