// DOCTYPE: WHATWG HTML §13.2.5.53 to .68. One a page, so that it is read character by character,
// state by state as the standard has it.
#include "lib/html/chars.hpp"
#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

using enum ParseErrorCode;
using enum State;

/// One step: the state after the character, or that the character is to be read again in it.
struct Step {
  State state;
  bool again = false;
  bool is_done = false;
};

/// Reads one DOCTYPE, a character at a time.
class DoctypeReader {
 public:
  explicit DoctypeReader(Doctype& out) : out_{out} { out_ = Doctype{}; }

  /// `error` is set if the step is one. `rest` begins with `c`, for the keywords.
  Step read(State state, char c, std::string_view rest) {
    switch (state) {
      case kDoctype:
        if (is_space(c)) return {kBeforeDoctypeName};
        if (c != '>') error = missing_whitespace_before_doctype_name;
        return {kBeforeDoctypeName, true};
      case kBeforeDoctypeName:
        return before_name(c);
      case kDoctypeName:
        return name(c);
      case kAfterDoctypeName:
        return after_name(c, rest);
      case kAfterDoctypePublicKeyword:
      case kBeforeDoctypePublicIdentifier:
        return before_public(state, c);
      case kDoctypePublicIdentifierDoubleQuoted:
      case kDoctypePublicIdentifierSingleQuoted:
        return identifier(state, c);
      case kAfterDoctypePublicIdentifier:
      case kBetweenDoctypePublicAndSystemIdentifiers:
        return between(state, c);
      case kAfterDoctypeSystemKeyword:
      case kBeforeDoctypeSystemIdentifier:
        return before_system(state, c);
      case kDoctypeSystemIdentifierDoubleQuoted:
      case kDoctypeSystemIdentifierSingleQuoted:
        return identifier(state, c);
      case kAfterDoctypeSystemIdentifier:
        return after_system(c);
      default:
        if (c == '\0') error = unexpected_null_character;
        return c == '>' ? done(kBogusDoctype) : Step{kBogusDoctype};
    }
  }
  std::optional<ParseErrorCode> error;

 private:
  static Step done(State state) { return {.state = state, .is_done = true}; }
  /// The end comes too early.
  Step broken_off(State state, ParseErrorCode code) {
    error = code;
    out_.forces_quirks = true;
    return done(state);
  }
  Step bogus(ParseErrorCode code) {
    error = code;
    out_.forces_quirks = true;
    return {kBogusDoctype, true};
  }
  void append(std::optional<std::string>& text, char c) {
    if (c == '\0') error = unexpected_null_character;
    if (!text) text.emplace();
    if (c == '\0') {
      *text += kReplacementCharacter;
    } else {
      *text += c;
    }
  }

  Step before_name(char c) {
    if (is_space(c)) return {kBeforeDoctypeName};
    if (c == '>') return broken_off(kBeforeDoctypeName, missing_doctype_name);
    append(out_.name, to_lower(c));
    return {kDoctypeName};
  }
  Step name(char c) {
    if (is_space(c)) return {kAfterDoctypeName};
    if (c == '>') return done(kDoctypeName);
    append(out_.name, to_lower(c));
    return {kDoctypeName};
  }
  Step after_name(char c, std::string_view rest) {
    if (is_space(c)) return {kAfterDoctypeName};
    if (c == '>') return done(kAfterDoctypeName);
    if (equals_ignoring_case(rest.substr(0, 6), "public")) return {kAfterDoctypePublicKeyword};
    if (equals_ignoring_case(rest.substr(0, 6), "system")) return {kAfterDoctypeSystemKeyword};
    return bogus(invalid_character_sequence_after_doctype_name);
  }
  Step before_public(State state, char c) {
    const bool is_after_keyword = state == kAfterDoctypePublicKeyword;
    if (is_space(c)) return {kBeforeDoctypePublicIdentifier};
    if (c == '"' || c == '\'') {
      if (is_after_keyword) error = missing_whitespace_after_doctype_public_keyword;
      out_.public_identifier.emplace();
      return {c == '"' ? kDoctypePublicIdentifierDoubleQuoted
                       : kDoctypePublicIdentifierSingleQuoted};
    }
    if (c == '>') return broken_off(state, missing_doctype_public_identifier);
    return bogus(missing_quote_before_doctype_public_identifier);
  }
  Step begin_system(char quote) {
    out_.system_identifier.emplace();
    return {quote == '"' ? kDoctypeSystemIdentifierDoubleQuoted
                         : kDoctypeSystemIdentifierSingleQuoted};
  }
  Step between(State state, char c) {
    if (is_space(c)) return {kBetweenDoctypePublicAndSystemIdentifiers};
    if (c == '>') return done(state);
    if (c != '"' && c != '\'') return bogus(missing_quote_before_doctype_system_identifier);
    if (state == kAfterDoctypePublicIdentifier) {
      error = missing_whitespace_between_doctype_public_and_system_identifiers;
    }
    return begin_system(c);
  }
  Step before_system(State state, char c) {
    if (is_space(c)) return {kBeforeDoctypeSystemIdentifier};
    if (c == '>') return broken_off(state, missing_doctype_system_identifier);
    if (c != '"' && c != '\'') return bogus(missing_quote_before_doctype_system_identifier);
    if (state == kAfterDoctypeSystemKeyword) {
      error = missing_whitespace_after_doctype_system_keyword;
    }
    return begin_system(c);
  }
  Step identifier(State state, char c) {
    const bool is_public = state < kAfterDoctypePublicIdentifier;
    const bool is_double = state == kDoctypePublicIdentifierDoubleQuoted ||
                           state == kDoctypeSystemIdentifierDoubleQuoted;
    if (c == (is_double ? '"' : '\'')) {
      return {is_public ? kAfterDoctypePublicIdentifier : kAfterDoctypeSystemIdentifier};
    }
    if (c == '>') {
      return broken_off(
          state, is_public ? abrupt_doctype_public_identifier : abrupt_doctype_system_identifier);
    }
    append(is_public ? out_.public_identifier : out_.system_identifier, c);
    return {state};
  }
  Step after_system(char c) {
    if (is_space(c)) return {kAfterDoctypeSystemIdentifier};
    if (c == '>') return done(kAfterDoctypeSystemIdentifier);
    error = unexpected_character_after_doctype_system_identifier;  // and no quirks
    return {kBogusDoctype, true};
  }

  Doctype& out_;
};

constexpr std::size_t kKeyword = 6;  // "public", "system"

}  // namespace

/// From behind "<!doctype".
Tokenizer::Scan Tokenizer::scan_doctype(const char* p, Token& token) {
  DoctypeReader reader{doctype_};
  Step step{kDoctype};
  while (!step.is_done) {
    enter(step.state);
    const auto left = static_cast<std::size_t>(end_ - p);
    const bool needs_keyword = step.state == kAfterDoctypeName;
    if (!is_last_ && left < (needs_keyword ? kKeyword : 1)) return Scan::incomplete;
    if (left == 0) {
      if (step.state != kBogusDoctype) {
        report(eof_in_doctype, p);
        doctype_.forces_quirks = true;
      }
      break;
    }
    const State before = step.state;
    reader.error.reset();
    step = reader.read(before, *p, {p, left});
    if (reader.error) report(*reader.error, p);
    const bool is_keyword =
        step.state == kAfterDoctypePublicKeyword || step.state == kAfterDoctypeSystemKeyword;
    if (!step.again) p += before == kAfterDoctypeName && is_keyword ? kKeyword : 1;
  }
  token.kind = TokenKind::doctype;
  token.text = {};
  token.doctype = &doctype_;
  at_ = p;
  return Scan::token;
}

}  // namespace webmon::html
