/// How much of a text is of the kinds that spammers put into other people's sites. Single words
/// prove nothing, so they are only counted: a page's own history says what is unusual for it. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "plugins/builder.hpp"

namespace webmon::plugins {

/// Pharmacy, gambling, copies of brands, loans, essays, adult; by kinds that reports on hacked
/// sites name (Google Search Central, "URL injection", "gibberish hack", "Japanese keyword hack").
inline constexpr std::array<std::string_view, 44> kSpamTerms = {
    "viagra",
    "cialis",
    "levitra",
    "sildenafil",
    "tadalafil",
    "tramadol",
    "xanax",
    "ambien",
    "phentermine",
    "canadian pharmacy",
    "online pharmacy",
    "no prescription",
    "casino",
    "slot gacor",
    "judi online",
    "togel",
    "sbobet",
    "poker online",
    "bandar bola",
    "betting site",
    "free spins",
    "situs slot",
    "replica watches",
    "replica rolex",
    "cheap jerseys",
    "louis vuitton outlet",
    "michael kors outlet",
    "cheap ugg",
    "payday loan",
    "instant loan",
    "bad credit loan",
    "essay writing service",
    "write my essay",
    "buy essay",
    "escort girls",
    "porn videos",
    "sex cam",
    "\xe6\xbf\x80\xe5\xae\x89",  // ja: very cheap
    "\xe9\x80\x9a\xe8\xb2\xa9",  // ja: mail order
    "\xe3\x82\xb9\xe3\x83\xbc\xe3\x83\x91\xe3\x83\xbc\xe3\x82\xb3\xe3\x83\x94\xe3\x83"
    "\xbc",                      // ja: copies
    "\xe5\x8d\x9a\xe5\xbd\xa9",  // zh: lottery
    "\xe8\xb5\x8c\xe5\x9c\xba",  // zh: casino
    "\xe3\x83\x96\xe3\x83\xa9\xe3\x83\xb3\xe3\x83\x89\xe3\x82\xb3\xe3\x83\x94\xe3\x83"
    "\xbc",                                                          // ja: brand copies
    "\xe9\xa6\x99\xe6\xb8\xaf\xe5\x85\xad\xe5\x90\x88\xe5\xbd\xa9",  // zh: a lottery
};

/// Occurrences of all of them, words of ASCII letters as whole words. `text` in lower case.
inline std::uint32_t count_spam_terms(std::string_view text) noexcept {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  const auto is_letter = [&](std::size_t i) {
    return i < text.size() && ((text[i] >= 'a' && text[i] <= 'z') || !is_ascii(text[i]));
  };
  std::uint32_t count = 0;
  for (const auto term : kSpamTerms) {
    const bool is_word = is_ascii(term.front());
    for (auto at = text.find(term); at != text.npos; at = text.find(term, at + term.size())) {
      const bool is_whole = !is_letter(at - 1) && !is_letter(at + term.size());
      if (!is_word || is_whole) ++count;
    }
  }
  return count;
}

/// Share of Han, Kana and Hangul among the letters of a text of UTF-8; 0 of one without letters.
inline double cjk_ratio(std::string_view text) noexcept {
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
