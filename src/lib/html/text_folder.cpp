#include "lib/html/text_folder.hpp"

#include <algorithm>
#include <cstring>

#include "lib/html/chars.hpp"

namespace webmon::html {
namespace {

constexpr std::size_t kPiece = 4096;
constexpr std::uint8_t kSpace = 1;
constexpr std::uint8_t kMaybeNbsp = 2;  // 0xC2, the first byte of U+00A0
constexpr char kNbspSecond = '\xA0';

constexpr CharClass kFoldClass = [] {
  CharClass table = char_class(" \n\t\r\f", kSpace);
  table[0xC2] = kMaybeNbsp;
  return table;
}();

}  // namespace

void TextFolder::add(std::string_view piece) {
  while (!piece.empty()) {
    const std::string_view part = utf8_prefix(piece, kPiece);
    piece.remove_prefix(part.size());
    // Beyond the limit it is folded all the same, to be counted, and then forgotten.
    const bool is_full = size_ > max_bytes_;
    char* const begin = room(part.size());
    const auto written = static_cast<std::size_t>(fold(part, begin) - begin);
    bytes_ += written;
    if (!is_full) size_ += written;
  }
}

char* TextFolder::room(std::size_t size) {
  if (capacity_ - size_ < size) {
    const std::size_t capacity = std::max(2 * capacity_, size_ + size + kPiece);
    auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(buffer.get(), buffer_.get(), size_);
    buffer_ = std::move(buffer);
    capacity_ = capacity;
  }
  return buffer_.get() + size_;
}

/// Writes without looking back or branching: a second space is overwritten by what follows.
char* TextFolder::fold(std::string_view piece, char* out) {
  const char* const end = piece.data() + piece.size();
  bool is_in_word = is_in_word_;
  std::uint32_t words = 0;
  for (const char* p = piece.data(); p != end; ++p) {
    std::uint8_t kind = class_of(kFoldClass, *p);
    if (kind == kMaybeNbsp) {
      const bool is_nbsp = p + 1 != end && p[1] == kNbspSecond;
      kind = is_nbsp ? kSpace : std::uint8_t{0};
      if (is_nbsp) ++p;
    }
    const bool is_space = kind == kSpace;
    *out = is_space ? ' ' : *p;
    out += static_cast<int>(!is_space | is_in_word);
    words += static_cast<std::uint32_t>(!is_space & !is_in_word);
    is_in_word = !is_space;
  }
  words_ += words;
  is_in_word_ = is_in_word;
  return out;
}

std::string_view TextFolder::text() const noexcept {
  std::string_view text{buffer_.get(), size_};
  if (size_ > max_bytes_) text = text.substr(0, text.rfind(' ', max_bytes_) + 1);
  return trimmed(text);
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && class_of(kFoldClass, text.front()) == kSpace) text.remove_prefix(1);
  while (!text.empty() && class_of(kFoldClass, text.back()) == kSpace) text.remove_suffix(1);
  return text;
}

}  // namespace webmon::html
