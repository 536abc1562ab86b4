/// Values of configuration keys: between text (environment, flags), TOML, and the fields they end
/// up in. Pure.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/log.hpp"
#include "lib/core/result.hpp"

namespace webmon::cli {

/// Durations are whole milliseconds; an interval that is "never" is 0.
using TagIntervals = std::map<std::string, std::int64_t, std::less<>>;
using Value =
    std::variant<std::int64_t, double, std::string, std::vector<std::string>, TagIntervals>;

enum class KeyType : std::uint8_t {
  count,         ///< whole number
  number,        ///< any number
  duration,      ///< "250ms", "30s", "5m", "12h", "7d"
  interval,      ///< the same, or "never"
  text,          ///< string
  texts,         ///< array of strings; in text separated by commas
  tag_intervals  ///< table of tag = duration; in text TAG=DURATION, separated by commas
};

/// What values of a key are allowed.
struct ValueRule {
  KeyType type = KeyType::text;
  double least = 0, most = 0;          ///< of numbers; of durations in milliseconds
  std::vector<std::string> choices{};  ///< of text; empty: any
  Result<void> (*check)(const std::string&) = nullptr;  ///< of text, and of each of texts
};

/// "1 to 1024", "5s to 7d, or never", "debug, info, warn or error"; empty if any text is allowed.
std::string allowed(const ValueRule& rule);

/// Errors: bad_config; the detail goes on after the name of the key: `is "5x"; write …`.
Result<Value> parse_value(const ValueRule& rule, std::string_view text);
/// Range, choices and `check`. Errors: as above.
Result<void> check_value(const ValueRule& rule, const Value& value);
/// As it stands behind "key = " in TOML.
std::string to_toml(const ValueRule& rule, const Value& value);

// Fields of the configurations, as values and back.

template <std::integral T>
Value to_value(T field) {
  return static_cast<std::int64_t>(field);
}
inline Value to_value(double field) { return field; }
inline Value to_value(const std::string& field) { return field; }
inline Value to_value(const std::filesystem::path& field) { return field.string(); }
inline Value to_value(const std::vector<std::string>& field) { return field; }
inline Value to_value(LogLevel field) { return std::string{to_string(field)}; }
inline Value to_value(LogFormat field) { return std::string{to_string(field)}; }
inline Value to_value(milliseconds field) { return std::int64_t{field.count()}; }
inline Value to_value(seconds field) { return to_value(milliseconds{field}); }
inline Value to_value(const std::optional<milliseconds>& field) {
  return to_value(field.value_or(milliseconds{0}));
}
Value to_value(const std::map<std::string, milliseconds, std::less<>>& field);

template <std::integral T>
void set_field(T& field, const Value& value) {
  field = static_cast<T>(std::get<std::int64_t>(value));
}
inline void set_field(double& field, const Value& value) { field = std::get<double>(value); }
inline void set_field(std::string& field, const Value& value) {
  field = std::get<std::string>(value);
}
inline void set_field(std::filesystem::path& field, const Value& value) {
  field = std::get<std::string>(value);
}
inline void set_field(std::vector<std::string>& field, const Value& value) {
  field = std::get<std::vector<std::string>>(value);
}
inline void set_field(milliseconds& field, const Value& value) {
  field = milliseconds{std::get<std::int64_t>(value)};
}
inline void set_field(seconds& field, const Value& value) {
  field = std::chrono::duration_cast<seconds>(milliseconds{std::get<std::int64_t>(value)});
}
void set_field(LogLevel& field, const Value& value);
void set_field(LogFormat& field, const Value& value);
void set_field(std::optional<milliseconds>& field, const Value& value);
void set_field(std::map<std::string, milliseconds, std::less<>>& field, const Value& value);

}  // namespace webmon::cli
