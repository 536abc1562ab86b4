/// What a digest keeps of an answer, as lines of "name value": read at every check without parsing
/// more than that. Pure.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "plugins/builder.hpp"

namespace webmon::plugins {

class SideFields {
 public:
  /// The value becomes valid UTF-8 on one line, at most 2,048 bytes.
  SideFields& add(std::string_view name, std::string_view value) {
    text_ += name;
    text_ += ' ';
    for (const char c : clean(value, 2'048)) text_ += c == '\n' || c == '\r' ? ' ' : c;
    text_ += '\n';
    return *this;
  }
  SideFields& add(std::string_view name, std::int64_t value) {
    return add(name, std::string_view{std::to_string(value)});
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Nothing where there is no such line.
inline std::optional<std::string_view> side_field(std::string_view answer, std::string_view name) {
  while (!answer.empty()) {
    const auto line = answer.substr(0, answer.find('\n'));
    answer.remove_prefix(std::min(line.size() + 1, answer.size()));
    if (line.starts_with(name) && line.substr(name.size()).starts_with(' ')) {
      return line.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

/// Empty where there is none.
inline std::string_view side_text(std::string_view answer, std::string_view name) {
  return side_field(answer, name).value_or(std::string_view{});
}

/// 0 where there is none.
inline std::int64_t side_number(std::string_view answer, std::string_view name) {
  const auto text = side_text(answer, name);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace webmon::plugins
