// Character references: WHATWG HTML §13.2.5.72 to .80.
#include <algorithm>
#include <array>

#include "lib/html/chars.hpp"
#include "lib/html/named_char_ref.hpp"
#include "lib/html/put_utf8.hpp"
#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

using enum ParseErrorCode;

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kBeyond = 0x110000;
constexpr std::size_t kMaxUtf8 = 4;

// What references to 0x80 to 0x9F mean; 0: themselves. Source: WHATWG HTML §13.2.5.80.
constexpr std::array<char16_t, 32> kC1 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/// The digit's value, or 16.
constexpr unsigned digit_value(char c) noexcept {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10U : 16U;
}

constexpr bool is_noncharacter(char32_t code) noexcept {
  return (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFEU) == 0xFFFE;
}
constexpr bool is_control(char32_t code) noexcept {
  return code == 0x0D || (code < 0x20 && code != '\t' && code != '\n' && code != '\f') ||
         (code >= 0x7F && code <= 0x9F);
}

}  // namespace

/// What stands at an '&'. `size` 0: more text is needed to know.
struct Tokenizer::CharRef {
  std::size_t size = 0;  // of the text it was made of
  char32_t first = 0;    // 0: it is no reference, and means itself
  char32_t second = 0;
};

/// `p` is at an '&'. `is_end_known`: nothing that belongs to it can follow `end`.
Tokenizer::CharRef Tokenizer::read_char_ref(const char* p, const char* end, bool is_end_known,
                                            bool is_attribute) {
  enter(State::kCharacterReference);
  if (p + 1 == end) return {.size = is_end_known ? 1U : 0U};
  if (p[1] == '#') return read_numeric(p, end, is_end_known);
  return is_alnum(p[1]) ? read_named(p, end, is_end_known, is_attribute) : CharRef{.size = 1};
}

Tokenizer::CharRef Tokenizer::read_named(const char* p, const char* end, bool is_end_known,
                                         bool is_attribute) {
  enter(State::kNamedCharacterReference);
  const char* const name = p + 1;
  const NamedMatch match = match_named({name, static_cast<std::size_t>(end - name)});
  if (match.is_open && !is_end_known) return {};
  if (match.longest != nullptr) {
    const std::size_t size = match.longest->name.size();
    const char* const after = name + size;
    const CharRef found{size + 1, match.longest->first, match.longest->second};
    if (after[-1] == ';') return found;
    if (is_attribute && after != end && (*after == '=' || is_alnum(*after))) {
      return {.size = size + 1};
    }
    report(missing_semicolon_after_character_reference, after);
    return found;
  }
  enter(State::kAmbiguousAmpersand);
  const char* after = name;
  while (after != end && is_alnum(*after)) ++after;
  if (after == end && !is_end_known) return {};
  if (after != end && *after == ';') report(unknown_named_character_reference, after);
  return {.size = static_cast<std::size_t>(after - p)};
}

Tokenizer::CharRef Tokenizer::read_numeric(const char* p, const char* end, bool is_end_known) {
  enter(State::kNumericCharacterReference);
  const char* at = p + 2;
  if (at == end && !is_end_known) return {};
  const bool is_hex = at != end && (*at == 'x' || *at == 'X');
  if (is_hex) ++at;
  enter(is_hex ? State::kHexadecimalCharacterReferenceStart
               : State::kDecimalCharacterReferenceStart);
  const unsigned base = is_hex ? 16 : 10;
  const char* const digits = at;
  char32_t code = 0;
  while (at != end && digit_value(*at) < base) {
    code = std::min(char32_t{code * base + digit_value(*at++)}, kBeyond);
  }
  if (at == end && !is_end_known) return {};
  if (at == digits) {
    report(absence_of_digits_in_numeric_character_reference, at);
    return {.size = static_cast<std::size_t>(at - p)};
  }
  enter(is_hex ? State::kHexadecimalCharacterReference : State::kDecimalCharacterReference);
  if (at != end && *at == ';') {
    ++at;
  } else {
    report(missing_semicolon_after_character_reference, at);
  }
  enter(State::kNumericCharacterReferenceEnd);
  return {static_cast<std::size_t>(at - p), checked_code_point(code, at)};
}

char32_t Tokenizer::checked_code_point(char32_t code, const char* where) {
  if (code == 0 || code >= kBeyond || (code >= 0xD800 && code <= 0xDFFF)) {
    report(code == 0         ? null_character_reference
           : code >= kBeyond ? character_reference_outside_unicode_range
                             : surrogate_character_reference,
           where);
    return kReplacement;
  }
  if (is_noncharacter(code)) report(noncharacter_character_reference, where);
  if (!is_control(code)) return code;
  report(control_character_reference, where);
  const bool is_c1 = code >= 0x80 && code <= 0x9F;
  return is_c1 && kC1.at(code - 0x80U) != 0 ? kC1.at(code - 0x80U) : code;
}

/// at_ is at an '&' in text.
Tokenizer::Scan Tokenizer::scan_char_ref(Token& token) {
  const CharRef ref = read_char_ref(at_, end_, is_last_, false);
  if (ref.size == 0) return Scan::incomplete;
  if (ref.first == 0) return emit_text(token, at_ + ref.size);
  static_assert(sizeof decoded_ >= 2 * kMaxUtf8);
  char* end = put_utf8(ref.first, decoded_);
  if (ref.second != 0) end = put_utf8(ref.second, end);
  return emit_literal(token, {decoded_, static_cast<std::size_t>(end - decoded_)}, at_ + ref.size);
}

/// An attribute's value, as it is meant. No reference is shorter than a third of what it stands
/// for.
std::string_view Tokenizer::decode_value(std::string_view raw) {
  char* const memory = scratch_.allocate(kReplacementCharacter.size() * raw.size());
  char* out = memory;
  const char* const end = raw.data() + raw.size();
  for (const char* p = raw.data(); p != end;) {
    if (*p == '&') {
      const CharRef ref = read_char_ref(p, end, true, true);
      if (ref.first == 0) out = std::copy_n(p, ref.size, out);
      if (ref.first != 0) out = put_utf8(ref.first, out);
      if (ref.second != 0) out = put_utf8(ref.second, out);
      p += ref.size;
    } else if (*p == '\0') {
      report(unexpected_null_character, p++);
      out = std::copy(kReplacementCharacter.begin(), kReplacementCharacter.end(), out);
    } else {
      const char* const stop = find_either(p, end, '&', '\0');
      out = std::copy(p, stop, out);
      p = stop;
    }
  }
  scratch_.shrink_last(out);
  return {memory, static_cast<std::size_t>(out - memory)};
}

}  // namespace webmon::html
