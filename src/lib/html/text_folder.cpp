#include "lib/html/text_folder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "lib/html/block.hpp"
#include "lib/html/chars.hpp"

namespace webmon::html {
namespace {

constexpr std::size_t kPiece = 4096;
constexpr char kMaybeNbsp = '\xC2';  // the first byte of U+00A0
constexpr char kNbspSecond = '\xA0';
constexpr CharClass kSpaces = char_class(" \n\t\r\f");

struct Folding {
  char* out;
  std::uint32_t words;
  bool is_in_word;
};

const char* fold_character(const char* p, const char* end, Folding& to) noexcept {
  const bool is_nbsp = *p == kMaybeNbsp && p + 1 != end && p[1] == kNbspSecond;
  if (is_nbsp || class_of(kSpaces, *p) != 0) {
    if (to.is_in_word) *to.out++ = ' ';
    to.is_in_word = false;
    return p + (is_nbsp ? 2 : 1);
  }
  to.words += to.is_in_word ? 0 : 1;
  to.is_in_word = true;
  *to.out++ = *p;
  return p + 1;
}

#if defined(__SSE2__)
/// Folds the white space that `block` begins with, or else what comes up to the second space in a
/// row. Returns how much that is.
std::size_t fold_block(const Block& block, std::size_t size, Block::Mask spaces,
                       Folding& to) noexcept {
  if (const auto lead = static_cast<std::size_t>(std::countr_one(spaces)); lead > 0) {
    *to.out = ' ';
    to.out += to.is_in_word ? 1 : 0;
    to.is_in_word = false;
    return lead;
  }
  const Block::Mask doubles = spaces & spaces >> 1U;
  if (doubles != 0) size = static_cast<std::size_t>(std::countr_zero(doubles)) + 1;
  const Block::Mask last = Block::Mask{1} << (size - 1);
  block.store_with_spaces(to.out);
  to.out += size;
  to.words += (to.is_in_word ? 0U : 1U) + count_bits(spaces & (last - 1));
  to.is_in_word = (spaces & last) == 0;
  return size;
}
#endif

}  // namespace

void TextFolder::add(std::string_view piece, const char* room) {
  while (!piece.empty()) {
    const std::string_view part = utf8_prefix(piece, kPiece);
    piece.remove_prefix(part.size());
    char* const begin = room_for(part.size());
    advance(static_cast<std::size_t>(fold(part, room, begin) - begin));
  }
}

void TextFolder::grow(std::size_t size) {
  const std::size_t capacity = std::max(2 * capacity_, size_ + size + kPiece);
  auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ > 0) std::memcpy(buffer.get(), buffer_.get(), size_);
  buffer_ = std::move(buffer);
  capacity_ = capacity;
}

char* TextFolder::fold(std::string_view piece, [[maybe_unused]] const char* room, char* out) {
  Folding folding{.out = out, .words = 0, .is_in_word = is_in_word_};
  const char* p = piece.data();
  const char* const end = p + piece.size();
  while (p != end) {
#if defined(__SSE2__)
    const std::size_t size = std::min(Block::kSize, static_cast<std::size_t>(end - p));
    const bool is_whole = static_cast<std::size_t>(room - p) >= Block::kSize;
    const Block block = is_whole ? Block{p} : Block::partial(p, size);
    const Block::Mask valid = (Block::Mask{1} << size) - 1;
    if (((block.equal(kMaybeNbsp) | block.equal('\v')) & valid) == 0) {
      const Block::Mask spaces = (block.equal(' ') | block.within('\t', '\r')) & valid;
      p += fold_block(block, size, spaces, folding);
      continue;
    }
#endif
    p = fold_character(p, end, folding);
  }
  words_ += folding.words;
  is_in_word_ = folding.is_in_word;
  return folding.out;
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
  while (!text.empty() && class_of(kSpaces, text.front()) != 0) text.remove_prefix(1);
  while (!text.empty() && class_of(kSpaces, text.back()) != 0) text.remove_suffix(1);
  return text;
}

}  // namespace webmon::html
