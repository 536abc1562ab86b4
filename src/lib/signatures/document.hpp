/// What of a page is scanned: one text of parts, so that each byte is read once. Rules ask with the
/// variables named here where a string stands. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace webmon::signatures {

/// In the order in which they follow each other.
enum class Part : std::uint8_t {
  title,
  h1,      ///< one line for each <h1>
  hidden,  ///< text of hidden elements
  body,    ///< all text, that of hidden elements once more
  form,    ///< <form action="…" method="…">, then <input type="…" name="…"> for each field
  script   ///< inline scripts; <script src="…"> for the others
};
inline constexpr std::size_t kParts = 6;
inline constexpr std::array<std::string_view, kParts> kPartNames = {"title", "h1",   "hidden",
                                                                    "body",  "form", "script"};
/// Variables of rules: where the last line feed of the part is. YARA's ranges include both ends, so
/// what is in (title_end..h1_end) begins in h1. After the last part: YARA's `filesize`.
inline constexpr std::array<const char*, kParts - 1> kEndVariables = {
    "title_end", "h1_end", "hidden_end", "body_end", "form_end"};

inline constexpr std::size_t kMostValue = 2'048;

class Document {
 public:
  /// Adds a piece and a line feed. Pieces come in the order of their parts.
  void add(Part part, std::string_view piece);
  struct Attribute {
    std::string_view name, value;
  };
  /// Adds `<name attribute="value" …>`. Values end neither their quotation marks nor the line; of
  /// each the first kMostValue bytes.
  void add_tag(Part part, std::string_view name, std::initializer_list<Attribute> attributes);
  void reserve(std::size_t bytes) { text_.reserve(bytes + 64); }

  /// Begins with a line feed: each piece stands between two, and no page passes for a program file,
  /// whose header libyara would read.
  const std::string& text() const noexcept { return text_; }
  /// Offset of its last line feed; that of the part before it if it is empty.
  std::size_t last_of(Part part) const noexcept;
  /// `offset` is within the text.
  Part part_of(std::size_t offset) const noexcept;

  std::string host;                  ///< of the page; variable `host`
  bool has_password = false;         ///< a field for a password; variable of the same name
  bool sends_password_away = false;  ///< to another host than the page's own; the same

 private:
  void end_piece(Part part);

  std::string text_ = "\n";
  std::array<std::size_t, kParts> ends_{1, 1, 1, 1, 1, 1};
};

}  // namespace webmon::signatures
