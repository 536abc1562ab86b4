/// What the tokenizer says of a page, piece by piece: WHATWG HTML §13.2.5, first paragraphs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace webmon::html {

struct Attribute {
  std::string_view name;   ///< ASCII letters in lower case
  std::string_view value;  ///< character references resolved; empty if there is none
};

struct Doctype {
  std::optional<std::string> name;  ///< ASCII letters in lower case
  std::optional<std::string> public_identifier;
  std::optional<std::string> system_identifier;
  bool forces_quirks = false;
};

enum class TokenKind : std::uint8_t { text, start_tag, end_tag, comment, doctype };

/// Ownership: all views are valid until the next call of the tokenizer that made it.
struct Token {
  TokenKind kind = TokenKind::text;
  bool is_self_closing = false;
  std::uint32_t dropped_attributes = 0;   ///< beyond Limits::attributes
  std::string_view text;                  ///< text and comment: what it says; tags: the name
  const char* text_room = nullptr;        ///< of text: the end of the memory that it stands in
  std::span<const Attribute> attributes;  ///< of a start tag, no name twice
  const Doctype* doctype = nullptr;       ///< of a doctype
};

/// The value of an attribute; null if there is none.
inline const std::string_view* find_attribute(const Token& token, std::string_view name) noexcept {
  for (const Attribute& attribute : token.attributes) {
    if (attribute.name == name) return &attribute.value;
  }
  return nullptr;
}

}  // namespace webmon::html
