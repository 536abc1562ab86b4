#include "lib/html/input_check.hpp"

#include <bit>
#include <cstddef>

#include "lib/html/block.hpp"

namespace webmon::html {
namespace {

unsigned char at(std::string_view text, std::size_t i) noexcept {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

/// U+FDD0 to U+FDEF, and the last two code points of each plane.
bool is_noncharacter(std::string_view text, std::size_t i) noexcept {
  const unsigned char first = at(text, i);
  const unsigned char second = at(text, i + 1);
  const unsigned char third = at(text, i + 2);
  if (first == 0xEF) {
    return (second == 0xB7 && third >= 0x90 && third <= 0xAF) || (second == 0xBF && third >= 0xBE);
  }
  return first >= 0xF0 && (second & 0x0FU) == 0x0F && third == 0xBF && at(text, i + 3) >= 0xBE;
}

bool is_control(std::string_view text, std::size_t i) noexcept {
  const unsigned char byte = at(text, i);
  if (byte < 0x20) return byte != 0 && byte != '\t' && byte != '\n' && byte != '\f';
  return byte == 0x7F || (byte == 0xC2 && at(text, i + 1) < 0xA0);
}

std::optional<ParseError> error_at(std::string_view text, std::size_t i) noexcept {
  if (is_control(text, i)) return ParseError{ParseErrorCode::control_character_in_input_stream, i};
  if (is_noncharacter(text, i)) return ParseError{ParseErrorCode::noncharacter_in_input_stream, i};
  return std::nullopt;
}

#if defined(__SSE2__)
constexpr std::size_t kBlock = 4 * Block::kSize;

/// Controls, and the bytes with which a character of those looked for may begin.
Block::Mask may_be_odd(const Block& block) noexcept {
  const Block::Mask is_allowed =
      block.equal('\0') | block.equal('\t') | block.equal('\n') | block.equal('\f');
  return (block.at_most(0x1F) & ~is_allowed) | block.equal('\x7F') | block.equal('\xC2') |
         block.within(0xEF, 0xFF);
}
#endif

}  // namespace

std::optional<ParseError> find_odd_character(std::string_view text, std::size_t from) noexcept {
  for (std::size_t i = from; i < text.size();) {
#if defined(__SSE2__)
    if (i + kBlock <= text.size() && Block::are_plain_ascii(text.data() + i)) {
      i += kBlock;
      continue;
    }
    if (i + Block::kSize <= text.size()) {
      for (auto odd = may_be_odd(Block{text.data() + i}); odd != 0; odd &= odd - 1) {
        const auto error = error_at(text, i + static_cast<std::size_t>(std::countr_zero(odd)));
        if (error) return error;
      }
      i += Block::kSize;
      continue;
    }
#endif
    if (const auto error = error_at(text, i)) return error;
    ++i;
  }
  return std::nullopt;
}

}  // namespace webmon::html
