#include "lib/html/text_folder.hpp"

namespace webmon::html {
namespace {

/// Bytes of white space at the front of `text`; 0 if it begins with something else.
std::size_t space_size(std::string_view text) noexcept {
  const char c = text.front();
  if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f') return 1;
  return text.starts_with("\xC2\xA0") ? 2 : 0;
}

}  // namespace

void TextFolder::add(std::string_view piece) {
  while (!piece.empty()) {
    if (const std::size_t space = space_size(piece); space > 0) {
      separate();
      piece.remove_prefix(space);
      continue;
    }
    std::size_t end = 1;
    while (end < piece.size() && space_size(piece.substr(end)) == 0) ++end;
    add_run(piece.substr(0, end));
    piece.remove_prefix(end);
  }
}

void TextFolder::add_run(std::string_view run) {
  const bool needs_space = !is_in_word_ && bytes_ > 0;
  if (!is_in_word_) ++words_;
  is_in_word_ = true;
  const std::size_t size = run.size() + (needs_space ? 1 : 0);
  bytes_ += size;
  is_full_ = is_full_ || size > max_bytes_ - text_.size();
  if (is_full_) return;
  if (needs_space) text_.push_back(' ');
  text_.append(run);
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

}  // namespace webmon::html
