/// How much of a text is of the kinds that spammers put into other people's sites. Single words
/// prove nothing, so they are only counted: a page's own history says what is unusual for it. Pure.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <cstring>
#include <string_view>

namespace webmon::plugins {

/// Pharmacy, gambling, copies of brands, loans, essays, adult; by kinds that reports on hacked
/// sites name (Google Search Central, "URL injection", "gibberish hack", "Japanese keyword hack").
/// Latin words as whole words; Chinese and Japanese: very cheap, mail order, copies, lotteries,
/// casino.
inline constexpr std::string_view kSpamTerms =
    R"((?i)\b(?:viagra|cialis|levitra|sildenafil|tadalafil|tramadol|xanax|ambien|phentermine)"
    R"(|canadian pharmacy|online pharmacy|no prescription|casino|slot gacor|judi online|togel)"
    R"(|sbobet|poker online|bandar bola|betting site|free spins|situs slot|replica watches)"
    R"(|replica rolex|cheap jerseys|louis vuitton outlet|michael kors outlet|cheap ugg)"
    R"(|payday loan|instant loan|bad credit loan|essay writing service|write my essay|buy essay)"
    R"(|escort girls|porn videos|sex cam)\b|激安|通販|スーパーコピー|ブランドコピー|博彩|赌场)"
    R"(|香港六合彩)";

/// Occurrences of all of them in a text of UTF-8.
inline std::uint32_t count_spam_terms(std::string_view text) {
  static const re2::RE2 kTerms{re2::StringPiece{kSpamTerms.data(), kSpamTerms.size()},
                               re2::RE2::Quiet};
  re2::StringPiece rest{text.data(), text.size()};
  std::uint32_t count = 0;
  while (re2::RE2::FindAndConsume(&rest, kTerms)) ++count;
  return count;
}

/// Whether a byte is not of ASCII, eight at a time.
inline bool has_high_byte(std::string_view text) noexcept {
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    if ((word & 0x8080808080808080U) != 0) return true;
  }
  word = 0;
  std::memcpy(&word, text.data(), text.size());
  return (word & 0x8080808080808080U) != 0;
}

/// Share of Han, Kana and Hangul among the letters of a text of UTF-8; 0 of one without letters.
inline double cjk_ratio(std::string_view text) noexcept {
  if (!has_high_byte(text)) return 0;
  std::size_t letters = 0, cjk = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z') ++letters;
    if (byte < 0xC0) continue;  // ASCII, or a further byte
    ++letters;
    // U+3040 to U+9FFF and U+AC00 to U+D7A3 by their first byte and what follows it.
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const bool is_kana_or_han = (byte == 0xE3 && next >= 0x81) || (byte >= 0xE4 && byte <= 0xE9);
    const bool is_hangul = byte >= 0xEA && byte <= 0xED && (byte != 0xEA || next >= 0xB0);
    if (is_kana_or_han || is_hangul) ++cjk;
  }
  return letters == 0 ? 0 : static_cast<double>(cjk) / static_cast<double>(letters);
}

}  // namespace webmon::plugins
