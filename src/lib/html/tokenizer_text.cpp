// Data, RCDATA, RAWTEXT, PLAINTEXT and CDATA: WHATWG HTML §13.2.5.1 to .5, .9 to .14, .69 to .71.
#include "lib/html/block.hpp"
#include "lib/html/chars.hpp"
#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

constexpr CharClass kDataStop = char_class({"<&\0", 3});

/// To the next '<', '&' or NUL.
const char* skip_text(const char* p, const char* end) noexcept {
  return skip_plain<true>(p, end, kDataStop, [](const auto& block) {
    return block.equal('<') | block.equal('&') | block.equal('\0');
  });
}

}  // namespace

Tokenizer::Scan Tokenizer::emit_text(Token& token, const char* end) {
  token.kind = TokenKind::text;
  token.text = {at_, static_cast<std::size_t>(end - at_)};
  token.text_room = end_;
  at_ = end;
  return Scan::token;
}

Tokenizer::Scan Tokenizer::emit_literal(Token& token, std::string_view text, const char* resume) {
  token.kind = TokenKind::text;
  token.text = text;
  token.text_room = text.data() + text.size();
  at_ = resume;
  return Scan::token;
}

/// at_ is at a NUL.
Tokenizer::Scan Tokenizer::emit_null(Token& token, std::string_view as) {
  report(ParseErrorCode::unexpected_null_character, at_);
  return emit_literal(token, as, at_ + 1);
}

Tokenizer::Scan Tokenizer::scan_data(Token& token) {
  if (at_ != end_ && *at_ == '<') return scan_markup(token);
  const char* const p = skip_text(at_, end_);
  if (p != at_) return emit_text(token, p);
  if (p == end_) return end_of_text();
  return *p == '&' ? scan_char_ref(token) : emit_null(token, {p, 1});
}

Tokenizer::Scan Tokenizer::scan_rcdata(Token& token) {
  const char* const p = skip_text(at_, end_);
  if (p != at_) return emit_text(token, p);
  if (p == end_) return end_of_text();
  if (*p == '&') return scan_char_ref(token);
  if (*p == '\0') return emit_null(token, kReplacementCharacter);
  const Scan result = scan_special_end_tag(p, State::kRcdataLessThanSign, token);
  return result == Scan::no_match ? emit_text(token, p + 1) : result;
}

/// RAWTEXT (`stop` is '<') and PLAINTEXT (nothing stops it but NUL).
Tokenizer::Scan Tokenizer::scan_raw(Token& token, char stop) {
  const char* const p = find_either(at_, end_, stop, '\0');
  if (p != at_) return emit_text(token, p);
  if (p == end_) return end_of_text();
  if (*p == '\0') return emit_null(token, kReplacementCharacter);
  const Scan result = scan_special_end_tag(p, State::kRawtextLessThanSign, token);
  return result == Scan::no_match ? emit_text(token, p + 1) : result;
}

Tokenizer::Scan Tokenizer::scan_cdata(Token& token) {
  const char* const p = find_either(at_, end_, ']', '\0');
  if (p != at_) return emit_text(token, p);
  if (p != end_ && *p == '\0') return emit_text(token, p + 1);  // on its own, as in data
  if (p == end_) {
    if (is_last_) report(ParseErrorCode::eof_in_cdata, p);
    return end_of_text();
  }
  enter(State::kCdataSectionBracket);
  if (p + 1 == end_ && !is_last_) return Scan::incomplete;
  if (p + 1 == end_ || p[1] != ']') return emit_text(token, p + 1);
  enter(State::kCdataSectionEnd);
  if (p + 2 == end_ && !is_last_) return Scan::incomplete;
  if (p + 2 == end_ || p[2] != '>') return emit_text(token, p + 1);
  at_ = p + 3;
  state_ = State::kData;
  return Scan::skipped;
}

}  // namespace webmon::html
