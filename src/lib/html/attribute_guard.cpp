#include "lib/html/attribute_guard.hpp"

namespace webmon::html {
namespace {

bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool AttributeGuard::is_over(std::uint64_t position, std::string_view waiting) noexcept {
  if (position != position_ || waiting.size() < scanned_) {
    position_ = position;
    scanned_ = 0;
    attributes_ = 0;
    state_ = State::word;
  }
  if (waiting.size() < 2 || waiting[0] != '<' || !is_letter(waiting[1])) return false;
  for (; scanned_ < waiting.size(); ++scanned_) step(waiting[scanned_]);
  return attributes_ > limit_;
}

void AttributeGuard::step(char c) noexcept {
  switch (state_) {
    case State::single_quoted:
    case State::double_quoted:
      if (c != (state_ == State::single_quoted ? '\'' : '"')) return;
      ++attributes_;  // the next one may follow without a gap
      state_ = State::word;
      return;
    case State::after_equals:
      if (is_space(c)) return;
      state_ = c == '\'' ? State::single_quoted : c == '"' ? State::double_quoted : State::word;
      return;
    case State::gap:
    case State::word:
      break;
  }
  if (is_space(c)) {
    state_ = State::gap;
  } else if (c == '=') {
    state_ = State::after_equals;
  } else {
    if (state_ == State::gap) ++attributes_;
    state_ = State::word;
  }
}

}  // namespace webmon::html
