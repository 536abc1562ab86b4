// Script data and its escapes: WHATWG HTML §13.2.5.4 and .15 to .31. state_ is kept over chunks;
// what follows a '<' is read ahead, and is plain text where it turns out to be nothing else.
#include "lib/html/chars.hpp"
#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

constexpr CharClass kEscapedStop = char_class({"<-\0", 3});
constexpr std::string_view kScriptName = "script";

constexpr bool is_double_escaped(State state) noexcept {
  return state >= State::kScriptDataDoubleEscaped &&
         state <= State::kScriptDataDoubleEscapedDashDash;
}

/// The state after `c`, which is neither '<' nor NUL, in one of the escaped states.
constexpr State after(State state, char c) noexcept {
  const bool is_double = is_double_escaped(state);
  const State none = is_double ? State::kScriptDataDoubleEscaped : State::kScriptDataEscaped;
  const State dash =
      is_double ? State::kScriptDataDoubleEscapedDash : State::kScriptDataEscapedDash;
  const State dash_dash =
      is_double ? State::kScriptDataDoubleEscapedDashDash : State::kScriptDataEscapedDashDash;
  if (c == '-') return state == none ? dash : dash_dash;
  return c == '>' && state == dash_dash ? State::kScriptData : none;
}

}  // namespace

/// To the next '<' or NUL, through the dashes that change the state on the way.
const char* Tokenizer::skip_script_text(const char* p) {
  while (state_ != State::kScriptData && p != end_ && *p != '<' && *p != '\0') {
    state_ = after(state_, *p++);
    if (state_ == State::kScriptDataEscaped || state_ == State::kScriptDataDoubleEscaped) {
      while (p != end_ && class_of(kEscapedStop, *p) == 0) ++p;
    }
    enter(state_);
  }
  return state_ == State::kScriptData ? find_either(p, end_, '<', '\0') : p;
}

Tokenizer::Scan Tokenizer::scan_script(Token& token) {
  const char* const p = skip_script_text(at_);
  if (p != at_) return emit_text(token, p);
  const bool is_plain = state_ == State::kScriptData;
  if (p == end_) {
    if (is_last_ && !is_plain) {
      report(ParseErrorCode::eof_in_script_html_comment_like_text, p);
    }
    return end_of_text();
  }
  if (*p == '<') return is_plain ? scan_script_markup(token) : scan_escaped_script_markup(token);
  if (!is_plain) {
    state_ =
        is_double_escaped(state_) ? State::kScriptDataDoubleEscaped : State::kScriptDataEscaped;
  }
  return emit_null(token, kReplacementCharacter);
}

/// at_ is at a '<' in script data: an end tag, "<!--", or text.
Tokenizer::Scan Tokenizer::scan_script_markup(Token& token) {
  const char* const p = at_;
  const auto left = static_cast<std::size_t>(end_ - p);
  enter(State::kScriptDataLessThanSign);
  if (left < 2 && !is_last_) return Scan::incomplete;
  if (left < 2 || p[1] != '!') {
    const Scan result = scan_special_end_tag(p, State::kScriptDataLessThanSign, token);
    return result == Scan::no_match ? emit_text(token, p + 1) : result;
  }
  enter(State::kScriptDataEscapeStart);
  if (left < 3 && !is_last_) return Scan::incomplete;
  if (left < 3 || p[2] != '-') return emit_text(token, p + 2);
  enter(State::kScriptDataEscapeStartDash);
  if (left < 4 && !is_last_) return Scan::incomplete;
  if (left < 4 || p[3] != '-') return emit_text(token, p + 3);
  state_ = State::kScriptDataEscapedDashDash;
  return emit_text(token, p + 4);
}

/// at_ is at a '<' in one of the escaped states.
Tokenizer::Scan Tokenizer::scan_escaped_script_markup(Token& token) {
  const char* const p = at_;
  const bool is_double = is_double_escaped(state_);
  enter(is_double ? State::kScriptDataDoubleEscapedLessThanSign
                  : State::kScriptDataEscapedLessThanSign);
  if (p + 1 == end_ && !is_last_) return Scan::incomplete;
  const bool is_slash = p + 1 != end_ && p[1] == '/';
  if (is_double) {
    if (is_slash) return toggle_double_escape(p + 2, token);
    state_ = State::kScriptDataDoubleEscaped;
    return emit_text(token, p + 1);
  }
  if (p + 1 != end_ && is_alpha(p[1])) return toggle_double_escape(p + 1, token);
  const Scan result = scan_special_end_tag(p, State::kScriptDataEscapedLessThanSign, token);
  if (result != Scan::no_match) return result;
  state_ = State::kScriptDataEscaped;
  return emit_text(token, p + 1);
}

/// "<script" begins, "</script" ends double escaping, where white space, '/' or '>' follows. `name`
/// is behind the '<' or "</".
Tokenizer::Scan Tokenizer::toggle_double_escape(const char* name, Token& token) {
  const bool is_double = is_double_escaped(state_);
  enter(is_double ? State::kScriptDataDoubleEscapeEnd : State::kScriptDataDoubleEscapeStart);
  std::size_t same = 0;
  while (name + same != end_ && same < kScriptName.size() &&
         to_lower(name[same]) == kScriptName[same]) {
    ++same;
  }
  const char* const after = name + same;
  if (after == end_ && !is_last_) return Scan::incomplete;
  if (same == kScriptName.size() && after != end_ && ends_name(*after)) {
    state_ = is_double ? State::kScriptDataEscaped : State::kScriptDataDoubleEscaped;
    return emit_text(token, after + 1);
  }
  state_ = is_double ? State::kScriptDataDoubleEscaped : State::kScriptDataEscaped;
  return emit_text(token, name);
}

}  // namespace webmon::html
