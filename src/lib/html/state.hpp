/// The states of the tokenizer, as WHATWG HTML §13.2.5 names and orders them (13.2.5.1 to .80).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webmon::html {

// clang-format off
enum class State : std::uint8_t {
  kData, kRcdata, kRawtext, kScriptData, kPlaintext, kTagOpen, kEndTagOpen, kTagName,
  kRcdataLessThanSign, kRcdataEndTagOpen, kRcdataEndTagName,
  kRawtextLessThanSign, kRawtextEndTagOpen, kRawtextEndTagName,
  kScriptDataLessThanSign, kScriptDataEndTagOpen, kScriptDataEndTagName,
  kScriptDataEscapeStart, kScriptDataEscapeStartDash, kScriptDataEscaped, kScriptDataEscapedDash,
  kScriptDataEscapedDashDash, kScriptDataEscapedLessThanSign, kScriptDataEscapedEndTagOpen,
  kScriptDataEscapedEndTagName, kScriptDataDoubleEscapeStart, kScriptDataDoubleEscaped,
  kScriptDataDoubleEscapedDash, kScriptDataDoubleEscapedDashDash,
  kScriptDataDoubleEscapedLessThanSign, kScriptDataDoubleEscapeEnd,
  kBeforeAttributeName, kAttributeName, kAfterAttributeName, kBeforeAttributeValue,
  kAttributeValueDoubleQuoted, kAttributeValueSingleQuoted, kAttributeValueUnquoted,
  kAfterAttributeValueQuoted, kSelfClosingStartTag, kBogusComment, kMarkupDeclarationOpen,
  kCommentStart, kCommentStartDash, kComment, kCommentLessThanSign, kCommentLessThanSignBang,
  kCommentLessThanSignBangDash, kCommentLessThanSignBangDashDash, kCommentEndDash, kCommentEnd,
  kCommentEndBang, kDoctype, kBeforeDoctypeName, kDoctypeName, kAfterDoctypeName,
  kAfterDoctypePublicKeyword, kBeforeDoctypePublicIdentifier,
  kDoctypePublicIdentifierDoubleQuoted, kDoctypePublicIdentifierSingleQuoted,
  kAfterDoctypePublicIdentifier, kBetweenDoctypePublicAndSystemIdentifiers,
  kAfterDoctypeSystemKeyword, kBeforeDoctypeSystemIdentifier,
  kDoctypeSystemIdentifierDoubleQuoted, kDoctypeSystemIdentifierSingleQuoted,
  kAfterDoctypeSystemIdentifier, kBogusDoctype, kCdataSection, kCdataSectionBracket,
  kCdataSectionEnd, kCharacterReference, kNamedCharacterReference, kAmbiguousAmpersand,
  kNumericCharacterReference, kHexadecimalCharacterReferenceStart,
  kDecimalCharacterReferenceStart, kHexadecimalCharacterReference, kDecimalCharacterReference,
  kNumericCharacterReferenceEnd
};
// clang-format on
inline constexpr std::size_t kStateCount = 80;
static_assert(static_cast<std::size_t>(State::kNumericCharacterReferenceEnd) + 1 == kStateCount);

/// Which states were entered, by their position above.
using StateSet = std::array<bool, kStateCount>;

}  // namespace webmon::html
