// UTF-8: RFC 3629.
#include <algorithm>
#include <cstddef>

#include "lib/html/block.hpp"
#include "lib/html/chars.hpp"
#include "lib/html/charset.hpp"

namespace webmon::html {
namespace {

/// Bytes below 0x80 at the front: nearly all of a page.
std::size_t ascii_size(std::string_view text) noexcept {
  std::size_t size = 0;
#if defined(__SSE2__)
  while (size + Block::kSize <= text.size() && Block{text.data() + size}.is_ascii()) {
    size += Block::kSize;
  }
#endif
  while (size < text.size() && static_cast<unsigned char>(text[size]) < 0x80) ++size;
  return size;
}

/// Bytes of the UTF-8 character at the front; 0 if there is none.
std::size_t character_size(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned char second = byte(1);
  const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool is_beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return is_overlong || is_beyond ? 0 : size;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    text.remove_prefix(ascii_size(text));
    if (text.empty()) break;
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::uint32_t append_valid_utf8(std::string_view text, std::string& out) {
  std::uint32_t errors = 0;
  out.reserve(out.size() + text.size() + 16);
  while (!text.empty()) {
    std::size_t good = ascii_size(text);
    while (good < text.size()) {
      const std::size_t size = character_size(text.substr(good));
      if (size == 0) break;
      good += size;
    }
    out.append(text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) break;
    ++errors;
    out.append(kReplacementCharacter);
    text.remove_prefix(1);
  }
  return errors;
}

std::string to_valid_utf8(std::string_view text) {
  std::string fixed;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    append_valid_utf8(text.substr(0, end), fixed);
    if (end < text.size()) fixed.append(kReplacementCharacter);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return fixed;
}

}  // namespace webmon::html
