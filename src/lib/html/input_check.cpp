#include "lib/html/input_check.hpp"

#include <algorithm>

#include "lib/html/block.hpp"

namespace webmon::html {
namespace {

constexpr std::size_t kBlock = 64;

unsigned char at(std::string_view text, std::size_t i) noexcept {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

/// Printable ASCII, NUL and white space.
bool is_plain_block([[maybe_unused]] const char* block) noexcept {
#if defined(__SSE2__)
  bool is_plain = true;
  for (std::size_t at = 0; at < kBlock; at += Block::kSize) {
    is_plain = is_plain && Block{block + at}.is_plain_ascii();
  }
  return is_plain;
#else
  return false;
#endif
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

}  // namespace

std::optional<ParseError> find_odd_character(std::string_view text, std::size_t from) noexcept {
  for (std::size_t i = from; i < text.size(); ++i) {
    while (i + kBlock <= text.size() && is_plain_block(text.data() + i)) i += kBlock;
    for (const std::size_t end = std::min(i + kBlock, text.size()); i < end; ++i) {
      if (is_control(text, i)) {
        return ParseError{ParseErrorCode::control_character_in_input_stream, i};
      }
      if (is_noncharacter(text, i)) {
        return ParseError{ParseErrorCode::noncharacter_in_input_stream, i};
      }
    }
    --i;
  }
  return std::nullopt;
}

}  // namespace webmon::html
