/// Folds white space of text that arrives in pieces: runs become one space, none at either end.
/// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace webmon::html {

/// Keeps the first `max_bytes` (whole words; the rest is only counted). Input is UTF-8, no piece
/// ends inside a character; white space is that of HTML and U+00A0.
class TextFolder {
 public:
  explicit TextFolder(std::size_t max_bytes) : max_bytes_{max_bytes} {}

  /// `room` is the end of the memory that `piece` stands in, at its end or behind it: what lies
  /// between may be read and is nothing.
  void add(std::string_view piece, const char* room);
  void add(std::string_view piece) { add(piece, piece.data() + piece.size()); }
  /// The next text is a word of its own, as after a block element.
  void separate() {
    if (!is_in_word_) return;
    *room_for(1) = ' ';
    is_in_word_ = false;
    advance(1);
  }

  std::uint64_t bytes() const noexcept { return bytes_ - (bytes_ > 0 && !is_in_word_ ? 1 : 0); }
  std::uint32_t words() const noexcept { return words_; }
  /// Where the text ends now, for since().
  std::size_t mark() const noexcept { return size_; }
  /// What was kept since then, maybe with a space at its ends. Valid until the next add().
  std::string_view since(std::size_t mark) const noexcept {
    return mark < size_ ? std::string_view{buffer_.get() + mark, size_ - mark} : std::string_view{};
  }
  /// All that was kept. Valid as long as the folder, until the next add().
  std::string_view text() const noexcept;

 private:
  /// Space for `size` characters, and some more that a block may write.
  char* room_for(std::size_t size) {
    if (capacity_ - size_ < size + kSlack) grow(size + kSlack);
    return buffer_.get() + size_;
  }
  /// Beyond the limit text is folded all the same, to be counted, and then forgotten.
  void advance(std::size_t written) noexcept {
    bytes_ += written;
    if (size_ <= max_bytes_) size_ += written;
  }
  void grow(std::size_t size);
  char* fold(std::string_view piece, const char* room, char* out);

  static constexpr std::size_t kSlack = 16;  // a block is written as a whole

  std::size_t max_bytes_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;  // kept; may be up to one piece more than max_bytes_
  std::uint64_t bytes_ = 0;
  std::uint32_t words_ = 0;
  bool is_in_word_ = false;
};

/// The longest prefix of at most `max_bytes` that does not cut a UTF-8 character.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept;

/// Without white space at either end.
std::string_view trimmed(std::string_view text) noexcept;

}  // namespace webmon::html
