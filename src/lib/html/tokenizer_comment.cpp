// Declarations and comments: WHATWG HTML §13.2.5.41 to .52. What a comment says is always one
// contiguous piece of the page.
#include <algorithm>

#include "lib/html/chars.hpp"
#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

using enum ParseErrorCode;

constexpr CharClass kCommentStop = char_class({"<-\0", 3});
constexpr std::string_view kDoctypeWord = "doctype";
constexpr std::string_view kCdataWord = "[CDATA[";

}  // namespace

/// at_ is at "<!".
Tokenizer::Scan Tokenizer::scan_declaration(Token& token) {
  enter(State::kMarkupDeclarationOpen);
  const char* const p = at_ + 2;
  const std::string_view rest = view(p, end_);
  if (rest.starts_with("--")) return scan_comment(p + 2, token);
  const auto begins = [&](std::string_view word) { return rest.size() >= word.size(); };
  if (begins(kDoctypeWord) &&
      equals_ignoring_case(rest.substr(0, kDoctypeWord.size()), kDoctypeWord)) {
    return scan_doctype(p + kDoctypeWord.size(), token);
  }
  if (rest.starts_with(kCdataWord)) {
    if (is_cdata_allowed_) {
      state_ = State::kCdataSection;
      at_ = p + kCdataWord.size();
      return Scan::skipped;
    }
    report(cdata_in_html_content, p + kCdataWord.size());
    return scan_bogus_comment(p, token);
  }
  const auto may_become = [&](std::string_view word) {
    return rest.size() < word.size() && equals_ignoring_case(rest, word.substr(0, rest.size()));
  };
  const bool may_be_more =
      may_become("--") || may_become(kDoctypeWord) || kCdataWord.starts_with(rest);
  if (may_be_more && !is_last_) return Scan::incomplete;
  report(incorrectly_opened_comment, p);
  return scan_bogus_comment(p, token);
}

Tokenizer::Scan Tokenizer::emit_comment(Token& token, std::string_view data, const char* resume) {
  scratch_.reset();
  token.kind = TokenKind::comment;
  token.text = without_nulls(data);
  at_ = resume;
  return Scan::token;
}

std::string_view Tokenizer::without_nulls(std::string_view data) {
  if (data.find('\0') == std::string_view::npos) return data;
  char* const memory = scratch_.allocate(kReplacementCharacter.size() * data.size());
  char* out = memory;
  for (const char c : data) {
    if (c == '\0') {
      out = std::copy(kReplacementCharacter.begin(), kReplacementCharacter.end(), out);
    } else {
      *out++ = c;
    }
  }
  scratch_.shrink_last(out);
  return view(memory, out);
}

Tokenizer::Scan Tokenizer::scan_bogus_comment(const char* data, Token& token) {
  enter(State::kBogusComment);
  const char* const close = find_char(data, end_, '>');
  if (close == end_ && !is_last_) return Scan::incomplete;
  for (const char* p = find_char(data, close, '\0'); p != close;
       p = find_char(p + 1, close, '\0')) {
    report(unexpected_null_character, p);
  }
  return emit_comment(token, view(data, close), close == end_ ? close : close + 1);
}

/// From behind "<!--" at `data`. In each state it is known how many characters before `p` do not
/// belong to the comment if it ends there.
Tokenizer::Scan Tokenizer::scan_comment(const char* data, Token& token) {
  State state = State::kCommentStart;
  for (const char* p = data;; ++p) {
    enter(state);
    if (state == State::kComment) {
      while (p != end_ && class_of(kCommentStop, *p) == 0) ++p;
    }
    const bool is_end = p == end_;
    if (is_end && !is_last_) return Scan::incomplete;
    const char c = is_end ? '\0' : *p;
    const auto close = [&](std::ptrdiff_t dashes) {
      return emit_comment(token, view(data, std::max(data, p - dashes)), is_end ? p : p + 1);
    };
    switch (state) {
      case State::kCommentStart:
      case State::kCommentStartDash:
        if (c == '>') {
          report(abrupt_closing_of_empty_comment, p);
          return close(1);
        }
        if (c == '-') {
          state = state == State::kCommentStart ? State::kCommentStartDash : State::kCommentEnd;
          continue;
        }
        break;
      case State::kCommentLessThanSign:
        if (c == '!') {
          state = State::kCommentLessThanSignBang;
          continue;
        }
        if (c == '<') continue;
        break;
      case State::kCommentLessThanSignBang:
        if (c != '-') break;
        state = State::kCommentLessThanSignBangDash;
        continue;
      case State::kCommentLessThanSignBangDash:
        if (c != '-') {
          state = State::kCommentEndDash;  // the standard goes there by way of the '-' before
          enter(state);
          break;
        }
        state = State::kCommentLessThanSignBangDashDash;
        continue;
      case State::kCommentLessThanSignBangDashDash:
        if (!is_end && c != '>') report(nested_comment, p);
        state = State::kCommentEnd;
        enter(state);
        [[fallthrough]];
      case State::kCommentEnd:
        if (c == '>') return close(2);
        if (c == '-') continue;
        if (c == '!') {
          state = State::kCommentEndBang;
          continue;
        }
        break;
      case State::kCommentEndDash:
        if (c != '-') break;
        state = State::kCommentEnd;
        continue;
      case State::kCommentEndBang:
        if (c == '>') {
          report(incorrectly_closed_comment, p);
          return close(3);
        }
        if (c != '-') break;
        state = State::kCommentEndDash;
        continue;
      default:
        break;
    }
    if (is_end) {
      report(eof_in_comment, p);
      if (state == State::kCommentEnd) return close(2);
      if (state == State::kCommentEndBang) return close(3);
      const bool has_dash = state == State::kCommentEndDash || state == State::kCommentStartDash;
      return close(has_dash ? 1 : 0);
    }
    // "Reconsume in the comment state", and what that state does.
    state = State::kComment;
    enter(state);
    if (c == '<') state = State::kCommentLessThanSign;
    if (c == '-') state = State::kCommentEndDash;
    if (c == '\0') report(unexpected_null_character, p);
  }
}

}  // namespace webmon::html
