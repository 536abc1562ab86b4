#include "lib/signatures/document.hpp"

#include <algorithm>

namespace webmon::signatures {

void Document::add(Part part, std::string_view piece) {
  text_.append(piece);
  end_piece(part);
}

void Document::add_tag(Part part, std::string_view name,
                       std::initializer_list<Attribute> attributes) {
  text_.append("<").append(name);
  for (const Attribute& one : attributes) {
    text_.append(" ").append(one.name).append("=\"");
    for (const char c : one.value.substr(0, kMostValue))
      text_.push_back(c == '"' || (c >= 0 && c < ' ') ? ' ' : c);
    text_.push_back('"');
  }
  text_.push_back('>');
  end_piece(part);
}

void Document::end_piece(Part part) {
  text_.push_back('\n');
  std::fill(ends_.begin() + static_cast<std::ptrdiff_t>(part), ends_.end(), text_.size());
}

std::size_t Document::last_of(Part part) const noexcept {
  return ends_[static_cast<std::size_t>(part)] - 1;
}

Part Document::part_of(std::size_t offset) const noexcept {
  const auto found = std::ranges::upper_bound(ends_, offset);
  return static_cast<Part>(std::min<std::ptrdiff_t>(found - ends_.begin(), kParts - 1));
}

}  // namespace webmon::signatures
