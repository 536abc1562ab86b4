/// Watches the tag that a parser waits to complete, and says when it has too many attributes. Pure.
/// libxml2 compares each attribute with all earlier ones of its tag: a tag of a million would take
/// hours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webmon::html {

class AttributeGuard {
 public:
  explicit AttributeGuard(std::size_t limit) noexcept : limit_{limit} {}

  /// `waiting` is what the parser holds unread, `position` where it begins in the page. Reads each
  /// byte of a growing tag once. Counts attributes on the high side: one per gap or closing quote.
  bool is_over(std::uint64_t position, std::string_view waiting) noexcept;

 private:
  enum class State : std::uint8_t { gap, word, after_equals, single_quoted, double_quoted };
  void step(char c) noexcept;

  std::size_t limit_;
  std::uint64_t position_ = 0;
  std::size_t scanned_ = 0;
  std::size_t attributes_ = 0;
  State state_ = State::word;
};

}  // namespace webmon::html
