/// Classes of ASCII characters as the tokenizer needs them. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace webmon::html {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";  // U+FFFD

using CharClass = std::array<std::uint8_t, 256>;

/// `value` for each of `members`, 0 for all others.
constexpr CharClass char_class(std::string_view members, std::uint8_t value = 1) {
  CharClass table{};
  for (const char c : members) table[static_cast<unsigned char>(c)] = value;
  return table;
}
constexpr std::uint8_t class_of(const CharClass& table, char c) noexcept {
  return table[static_cast<unsigned char>(c)];
}

constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\t' || c == '\f'; }
constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || is_upper(c); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) noexcept { return is_alpha(c) || is_digit(c); }
constexpr char to_lower(char c) noexcept {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
/// What ends the name of a tag.
constexpr bool ends_name(char c) noexcept { return is_space(c) || c == '/' || c == '>'; }

/// `lower` is in lower case already.
constexpr bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (to_lower(text[i]) != lower[i]) return false;
  }
  return true;
}

inline std::string_view view(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

/// The first `c` of [p, end); `end` if there is none.
inline const char* find_char(const char* p, const char* end, char c) noexcept {
  const void* const at = p == end ? nullptr : std::memchr(p, c, static_cast<std::size_t>(end - p));
  return at == nullptr ? end : static_cast<const char*>(at);
}
inline const char* find_either(const char* p, const char* end, char a, char b) noexcept {
  return find_char(p, find_char(p, end, a), b);
}

}  // namespace webmon::html
