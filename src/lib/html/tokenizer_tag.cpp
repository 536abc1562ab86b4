// Tags and attributes: WHATWG HTML §13.2.5.6 to .8 and .32 to .40. Names and values are views of
// the page; where they are not in it as they are meant, they are written into scratch_.
#include <algorithm>

#include "lib/html/block.hpp"
#include "lib/html/chars.hpp"
#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

// What a run of ordinary characters stops at.
constexpr std::uint8_t kEnd = 1;      // it is over
constexpr std::uint8_t kRewrite = 2;  // it is meant otherwise: upper case, NUL, '&'
constexpr std::uint8_t kOdd = 3;      // it goes on, with a parse error

constexpr CharClass with(CharClass table, std::string_view members, std::uint8_t value) {
  for (const char c : members) table[static_cast<unsigned char>(c)] = value;
  return table;
}
constexpr std::string_view kUpper = {"ABCDEFGHIJKLMNOPQRSTUVWXYZ\0", 27};
constexpr CharClass kTagNameStop = with(char_class(" \n\t\f/>", kEnd), kUpper, kRewrite);
constexpr CharClass kAttributeNameStop =
    with(with(char_class(" \n\t\f/>=", kEnd), kUpper, kRewrite), "\"'<", kOdd);
constexpr CharClass kUnquotedStop =
    with(with(char_class(" \n\t\f>", kEnd), {"&\0", 2}, kRewrite), "\"'<=`", kOdd);
constexpr CharClass kDoubleQuotedStop = with(char_class("\"", kEnd), {"&\0", 2}, kRewrite);
constexpr CharClass kSingleQuotedStop = with(char_class("'", kEnd), {"&\0", 2}, kRewrite);

/// To what may end a name or has to be looked at: all that is special is below '0' or around the
/// capital letters.
const char* skip_name(const char* p, const char* end, const CharClass& table) noexcept {
  return skip_plain<false>(
      p, end, table, [](const auto& block) { return block.at_most('/') | block.within(':', 'Z'); });
}

/// To the `quote`, '&' or NUL.
const char* skip_value(const char* p, const char* end, char quote) noexcept {
  const CharClass& table = quote == '"' ? kDoubleQuotedStop : kSingleQuotedStop;
  return skip_plain<true>(p, end, table, [quote](const auto& block) {
    return block.equal(quote) | block.equal('&') | block.equal('\0');
  });
}

/// At most `max` bytes, and no part of a character.
std::string_view cut(std::string_view text, std::size_t max) noexcept {
  if (text.size() <= max) return text;
  while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0U) == 0x80U) --max;
  return text.substr(0, max);
}

}  // namespace

Tokenizer::Scan Tokenizer::end_inside(ParseErrorCode error) {
  if (!is_last_) return Scan::incomplete;
  report(error, end_);
  at_ = end_;
  state_ = State::kData;
  return Scan::skipped;
}

/// at_ is at a '<' in data.
Tokenizer::Scan Tokenizer::scan_markup(Token& token) {
  const char* const p = at_ + 1;
  enter(State::kTagOpen);
  if (p == end_) {
    if (!is_last_) return Scan::incomplete;
    report(ParseErrorCode::eof_before_tag_name, p);
    return emit_text(token, p);
  }
  if (is_alpha(*p)) return scan_tag(p, TokenKind::start_tag, token);
  if (*p == '/') return scan_end_tag_open(token);
  if (*p == '!') return scan_declaration(token);
  if (*p == '?') {
    report(ParseErrorCode::unexpected_question_mark_instead_of_tag_name, p);
    return scan_bogus_comment(p, token);
  }
  report(ParseErrorCode::invalid_first_character_of_tag_name, p);
  return emit_text(token, p);
}

Tokenizer::Scan Tokenizer::scan_end_tag_open(Token& token) {
  const char* const p = at_ + 2;
  enter(State::kEndTagOpen);
  if (p == end_) {
    if (!is_last_) return Scan::incomplete;
    report(ParseErrorCode::eof_before_tag_name, p);
    return emit_text(token, p);
  }
  if (is_alpha(*p)) return scan_tag(p, TokenKind::end_tag, token);
  if (*p == '>') {
    report(ParseErrorCode::missing_end_tag_name, p);
    at_ = p + 1;
    return Scan::skipped;
  }
  report(ParseErrorCode::invalid_first_character_of_tag_name, p);
  return scan_bogus_comment(p, token);
}

/// The end tag that closes `end_tag_`, if that is what `less_than` begins. `first` is the first of
/// three states that stand in a row: less-than sign, end tag open, end tag name.
Tokenizer::Scan Tokenizer::scan_special_end_tag(const char* less_than, State first, Token& token) {
  const auto state = static_cast<std::size_t>(first);
  const auto left = static_cast<std::size_t>(end_ - less_than);
  enter(first);
  if (left < 2) return is_last_ ? Scan::no_match : Scan::incomplete;
  if (less_than[1] != '/') return Scan::no_match;
  enter(static_cast<State>(state + 1));
  if (left < 3) return is_last_ ? Scan::no_match : Scan::incomplete;
  if (!is_alpha(less_than[2])) return Scan::no_match;
  enter(static_cast<State>(state + 2));
  const std::size_t size = std::min(left - 2, end_tag_.size());
  const bool matches =
      equals_ignoring_case({less_than + 2, size}, std::string_view{end_tag_}.substr(0, size));
  if (!matches || end_tag_.empty()) return Scan::no_match;
  if (left < end_tag_.size() + 3) return is_last_ ? Scan::no_match : Scan::incomplete;
  if (!ends_name(less_than[2 + end_tag_.size()])) return Scan::no_match;
  const Scan result = scan_tag(less_than + 2, TokenKind::end_tag, token);
  if (result == Scan::token) state_ = State::kData;
  return result;
}

/// A name in lower case; `p` moves behind it. It may end with the text.
std::string_view Tokenizer::scan_name(const char*& p, bool is_attribute) {
  const CharClass& table = is_attribute ? kAttributeNameStop : kTagNameStop;
  const char* const begin = p;
  bool needs_rewriting = false;
  if (is_attribute && p != end_ && *p == '=') ++p;  // reported by the caller
  for (;; ++p) {
    p = skip_name(p, end_, table);
    if (p == end_) break;
    const std::uint8_t stop = class_of(table, *p);
    if (stop == kEnd) break;
    if (stop == kRewrite) needs_rewriting = true;
    if (*p == '\0') report(ParseErrorCode::unexpected_null_character, p);
    if (stop == kOdd) report(ParseErrorCode::unexpected_character_in_attribute_name, p);
  }
  if (!needs_rewriting) return view(begin, p);
  char* const memory = scratch_.allocate(kReplacementCharacter.size() * view(begin, p).size());
  char* out = memory;
  for (const char* from = begin; from != p; ++from) {
    if (*from == '\0') {
      out = std::copy(kReplacementCharacter.begin(), kReplacementCharacter.end(), out);
    } else {
      *out++ = to_lower(*from);
    }
  }
  scratch_.shrink_last(out);
  return view(memory, out);
}

/// A tag whose name begins at `name`.
Tokenizer::Scan Tokenizer::scan_tag(const char* name, TokenKind kind, Token& token) {
  scratch_.reset();
  attributes_.clear();
  attribute_names_ = 0;
  dropped_attributes_ = 0;
  enter(State::kTagName);
  const char* p = name;
  token.text = scan_name(p, false);
  token.is_self_closing = false;
  if (p != end_ && *p == '>') {
    ++p;
  } else {
    const Scan result = scan_attributes(p, token.is_self_closing);
    if (result != Scan::token) return result;
  }
  token.kind = kind;
  if (kind == TokenKind::end_tag) {
    if (!attributes_.empty()) report(ParseErrorCode::end_tag_with_attributes, p - 1);
    if (token.is_self_closing) report(ParseErrorCode::end_tag_with_trailing_solidus, p - 1);
    attributes_.clear();
  }
  token.attributes = attributes_;
  token.dropped_attributes = dropped_attributes_;
  tag_at_ = at_;
  at_ = p;
  return Scan::token;
}

/// From behind the name of a tag to behind its '>'.
Tokenizer::Scan Tokenizer::scan_attributes(const char*& p, bool& is_self_closing) {
  for (;;) {
    enter(State::kBeforeAttributeName);
    while (p != end_ && is_space(*p)) ++p;
    if (p == end_) return end_inside(ParseErrorCode::eof_in_tag);
    if (*p == '>') break;
    const Scan result = *p == '/' ? scan_self_closing(p, is_self_closing) : scan_attribute(p);
    if (result != Scan::token) return result;
  }
  ++p;
  return Scan::token;
}

/// `p` is at a '/'.
Tokenizer::Scan Tokenizer::scan_self_closing(const char*& p, bool& is_self_closing) {
  enter(State::kSelfClosingStartTag);
  ++p;
  if (p == end_) return end_inside(ParseErrorCode::eof_in_tag);
  is_self_closing = *p == '>';
  if (!is_self_closing) report(ParseErrorCode::unexpected_solidus_in_tag, p);
  return Scan::token;
}

/// One attribute, and the white space before its '='.
Tokenizer::Scan Tokenizer::scan_attribute(const char*& p) {
  if (*p == '=') report(ParseErrorCode::unexpected_equals_sign_before_attribute_name, p);
  enter(State::kAttributeName);
  const std::string_view name = scan_name(p, true);
  if (p == end_ && !is_last_) return Scan::incomplete;
  const bool is_new = is_new_attribute(name);
  if (!is_new) report(ParseErrorCode::duplicate_attribute, p);
  if (p != end_ && *p != '=') {
    enter(State::kAfterAttributeName);
    while (p != end_ && is_space(*p)) ++p;
  }
  std::string_view value;
  if (p != end_ && *p == '=') {
    ++p;
    const Scan result = scan_value(p, value);
    if (result != Scan::token) return result;
  }
  if (!is_new) return Scan::token;
  if (attributes_.size() < limits_.attributes) {
    attributes_.push_back({name, value});
  } else {
    ++dropped_attributes_;
  }
  return Scan::token;
}

/// A bit set for each name makes sure of most new names without a comparison. What is dropped
/// anyway is not compared.
bool Tokenizer::is_new_attribute(std::string_view name) noexcept {
  if (attributes_.size() >= limits_.attributes) return true;
  const auto hash = static_cast<unsigned char>(name.front()) * 7U +
                    static_cast<unsigned char>(name.back()) + name.size() * 5;
  const std::uint64_t bit = std::uint64_t{1} << (hash % 64);
  const bool may_be_known = (attribute_names_ & bit) != 0;
  attribute_names_ |= bit;
  if (!may_be_known) return true;
  for (const Attribute& attribute : attributes_) {
    if (attribute.name == name) return false;
  }
  return true;
}

/// From behind a '='.
Tokenizer::Scan Tokenizer::scan_value(const char*& p, std::string_view& value) {
  enter(State::kBeforeAttributeValue);
  while (p != end_ && is_space(*p)) ++p;
  if (p == end_) return end_inside(ParseErrorCode::eof_in_tag);
  if (*p == '"' || *p == '\'') return scan_quoted_value(p, value);
  if (*p != '>') return scan_unquoted_value(p, value);
  report(ParseErrorCode::missing_attribute_value, p);
  return Scan::token;
}

Tokenizer::Scan Tokenizer::scan_quoted_value(const char*& p, std::string_view& value) {
  const char quote = *p++;
  enter(quote == '"' ? State::kAttributeValueDoubleQuoted : State::kAttributeValueSingleQuoted);
  const char* const begin = p;
  p = skip_value(p, end_, quote);
  const bool is_plain = p != end_ && *p == quote;
  if (!is_plain) p = find_char(p, end_, quote);
  if (p == end_ && !is_last_) return Scan::incomplete;
  value = cut(view(begin, p), limits_.attribute_value_bytes);
  if (!is_plain) value = decode_value(value);
  if (p == end_) return end_inside(ParseErrorCode::eof_in_tag);
  ++p;
  return after_quoted_value(p);
}

Tokenizer::Scan Tokenizer::after_quoted_value(const char* p) {
  enter(State::kAfterAttributeValueQuoted);
  if (p == end_) return end_inside(ParseErrorCode::eof_in_tag);
  if (!ends_name(*p)) report(ParseErrorCode::missing_whitespace_between_attributes, p);
  return Scan::token;
}

Tokenizer::Scan Tokenizer::scan_unquoted_value(const char*& p, std::string_view& value) {
  enter(State::kAttributeValueUnquoted);
  const char* const begin = p;
  bool needs_decoding = false;
  for (; p != end_; ++p) {
    const std::uint8_t stop = class_of(kUnquotedStop, *p);
    if (stop == kEnd) break;
    if (stop == kRewrite) needs_decoding = true;
    if (stop == kOdd) report(ParseErrorCode::unexpected_character_in_unquoted_attribute_value, p);
  }
  if (p == end_ && !is_last_) return Scan::incomplete;
  value = cut(view(begin, p), limits_.attribute_value_bytes);
  if (needs_decoding) value = decode_value(value);
  return p == end_ ? end_inside(ParseErrorCode::eof_in_tag) : Scan::token;
}

}  // namespace webmon::html
