/// Folds white space of text that arrives in pieces: runs become one space, none at either end.
/// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace webmon::html {

/// Keeps the first `max_bytes` (whole words; the rest is only counted). Input is UTF-8; white space
/// is that of HTML and U+00A0.
class TextFolder {
 public:
  explicit TextFolder(std::size_t max_bytes) : max_bytes_{max_bytes} {}

  void add(std::string_view piece);
  /// The next text is a word of its own, as after a block element.
  void separate() noexcept { is_in_word_ = false; }

  std::uint64_t bytes() const noexcept { return bytes_; }
  std::uint32_t words() const noexcept { return words_; }
  std::string take() noexcept { return std::move(text_); }

 private:
  void add_run(std::string_view run);

  std::size_t max_bytes_;
  std::string text_;
  std::uint64_t bytes_ = 0;
  std::uint32_t words_ = 0;
  bool is_in_word_ = false;
  bool is_full_ = false;
};

/// The longest prefix of at most `max_bytes` that does not cut a UTF-8 character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept;

}  // namespace webmon::html
