// The frame: text in, one reading attempt per token, what is unfinished kept.
#include "lib/html/tokenizer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "lib/html/input_check.hpp"

namespace webmon::html {
namespace {

/// Bytes at the end of `text` that begin a UTF-8 character which is not complete.
std::size_t unfinished_character(std::string_view text) noexcept {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) return 0;
    if (byte < 0xC0) continue;
    const std::size_t size = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return back < size ? back : 0;
  }
  return 0;
}

}  // namespace

Tokenizer::Tokenizer(Limits limits, std::vector<ParseError>* errors)
    : limits_{limits}, errors_{errors} {
  attributes_.reserve(16);
}

void Tokenizer::report(ParseErrorCode code, const char* where) {
  if (attempt_errors_++ < told_errors_) return;
  ++error_count_;
  if (errors_ != nullptr) errors_->push_back({code, offset_of(where)});
}

void Tokenizer::feed(std::string_view chunk) {
  if (chunk.empty() || is_over_) return;
  const bool is_plain = std::memchr(chunk.data(), '\r', chunk.size()) == nullptr;
  if (skips_line_feed_ && chunk.front() == '\n') chunk.remove_prefix(1);
  skips_line_feed_ = false;
  const std::size_t unchecked = static_cast<std::size_t>(end_ - at_);
  base_ = offset_of(at_);
  if (is_plain && at_ == end_ && tail_.empty()) {
    kept_.clear();
    const std::size_t tail = unfinished_character(chunk);
    tail_ = chunk.substr(chunk.size() - tail);
    begin_ = at_ = chunk.data();
    end_ = chunk.data() + chunk.size() - tail;
  } else {
    add_text(chunk);
  }
  check_input(unchecked);
}

/// Appends to the unfinished token, every line ending as "\n" (WHATWG HTML §13.2.3.5).
void Tokenizer::add_text(std::string_view chunk) {
  if (at_ == end_) kept_.clear();
  kept_ += tail_;
  while (!chunk.empty()) {
    const std::size_t line = std::min(chunk.find('\r'), chunk.size());
    kept_ += chunk.substr(0, line);
    chunk.remove_prefix(line);
    if (chunk.empty()) break;
    kept_ += '\n';
    chunk.remove_prefix(1);
    skips_line_feed_ = chunk.empty();
    if (chunk.starts_with('\n')) chunk.remove_prefix(1);
  }
  const std::size_t tail = unfinished_character(kept_);
  tail_ = kept_.substr(kept_.size() - tail);
  kept_.resize(kept_.size() - tail);
  begin_ = at_ = kept_.data();
  end_ = kept_.data() + kept_.size();
}

void Tokenizer::check_input(std::size_t from) {
  const std::string_view text{begin_, static_cast<std::size_t>(end_ - begin_)};
  while (const auto odd = find_odd_character(text, from)) {
    ++error_count_;
    if (errors_ != nullptr) errors_->push_back({odd->code, base_ + odd->offset});
    from = odd->offset + 1;
  }
}

void Tokenizer::finish() {
  if (!tail_.empty()) {  // not UTF-8, then
    if (at_ == end_) kept_.clear();
    base_ = offset_of(at_);
    kept_ += std::exchange(tail_, {});
    begin_ = at_ = kept_.data();
    end_ = kept_.data() + kept_.size();
  }
  is_last_ = true;
  retry_size_ = 0;
}

/// What was not read stays, at the beginning of kept_.
void Tokenizer::keep_rest() {
  const auto rest = static_cast<std::size_t>(end_ - at_);
  base_ = offset_of(at_);
  if (begin_ == kept_.data() && !kept_.empty()) {
    kept_.erase(0, static_cast<std::size_t>(at_ - begin_));
  } else {
    kept_.assign(at_, rest);
  }
  begin_ = at_ = kept_.data();
  end_ = begin_ + rest;
  retry_size_ = rest + rest / 2;
  told_errors_ = std::max(told_errors_, attempt_errors_);
  attempt_errors_ = 0;
}

bool Tokenizer::next(Token& token) {
  if (is_over_ || static_cast<std::size_t>(end_ - at_) < retry_size_) return false;
  retry_size_ = 0;
  token.attributes = {};
  for (;;) {
    switch (scan(token)) {
      case Scan::token:
        is_cut_ = is_over_ = ++tokens_ > limits_.tokens;
        attempt_errors_ = told_errors_ = 0;
        return !is_over_;
      case Scan::skipped:
        attempt_errors_ = told_errors_ = 0;
        break;
      case Scan::end:
        is_over_ = true;
        return false;
      case Scan::incomplete:
      case Scan::no_match:
        keep_rest();
        return false;
    }
  }
}

void Tokenizer::switch_to(State state, std::string_view end_tag) {
  state_ = state;
  end_tag_ = end_tag;
}

Tokenizer::Scan Tokenizer::scan(Token& token) {
  enter(state_);
  switch (state_) {
    case State::kData:
      return scan_data(token);
    case State::kRcdata:
      return scan_rcdata(token);
    case State::kRawtext:
      return scan_raw(token, '<');
    case State::kPlaintext:
      return scan_raw(token, '\0');
    case State::kCdataSection:
      return scan_cdata(token);
    default:
      return scan_script(token);
  }
}

}  // namespace webmon::html
