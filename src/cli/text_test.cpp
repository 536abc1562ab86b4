#include "cli/text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace webmon::cli {
namespace {

TEST(Printable, KeepsOrdinaryTextOfAnyLanguage) {
  for (const std::string text : {"plain", "Grüße", "日本語", "עברית", "naïve café", "🎉"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, EscapesWhatATerminalWouldObey) {
  struct Case {
    std::string in, want;
  };
  const Case cases[] = {
      {"\x1b[31mred", "\\x1b[31mred"},
      {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
      {std::string{"a\0b", 3}, "a\\x00b"},
      {"\x7f", "\\x7f"},
      {"\u009b31m", "\\u{9b}31m"},
      {"\u202e"
       "evil",
       "\\u{202e}evil"},
      {"zero\u200bwidth", "zero\\u{200b}width"},
      {"\u2066x\u2069", "\\u{2066}x\\u{2069}"},
      {"\xff\xfe", "\\xff\\xfe"},
      {"\xc0\xaf", "\\xc0\\xaf"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"\xe2\x82", "\\xe2\\x82"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.want);
    EXPECT_EQ(printable(c.in), c.want);
  }
}

TEST(Printable, NeverLetsAControlByteThroughWhateverComesIn) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string in{static_cast<char>(first), static_cast<char>(second)};
      for (const char c : printable(in)) {
        EXPECT_GE(static_cast<unsigned char>(c), 0x20) << first << " " << second;
        EXPECT_NE(c, 0x7f) << first << " " << second;
      }
    }
  }
}

TEST(Columns, CountsWideCharactersTwiceAndCombiningOnesNotAtAll) {
  EXPECT_EQ(columns("abc"), 3U);
  EXPECT_EQ(columns("Grüße"), 5U);
  EXPECT_EQ(columns("日本"), 4U);
  EXPECT_EQ(columns("e\u0301"), 1U);
}

TEST(Clip, CutsAtColumnsAndSaysSo) {
  EXPECT_EQ(clip("abcdef", 6), "abcdef");
  EXPECT_EQ(clip("abcdef", 4), "abc…");
  EXPECT_EQ(clip("日本語", 5), "日本…");
  EXPECT_EQ(clip("abc", 0), "");
}

TEST(Wrap, BreaksAtSpacesAndWithinWordsOnlyWhereItMust) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrap("one two three", 7), (Lines{"one two", "three"}));
  EXPECT_EQ(wrap("abcdefgh", 3), (Lines{"abc", "def", "gh"}));
  EXPECT_EQ(wrap("", 5), (Lines{""}));
  EXPECT_EQ(wrap("日本語", 2), (Lines{"日", "本", "語"}));
  EXPECT_EQ(wrap("日本", 1), (Lines{"日", "本"}));
}

TEST(Locale, SaysWhetherItIsOneOfUtf8) {
  for (const auto* name : {"C.UTF-8", "de_DE.utf8", "en_US.UTF-8", "ca_ES.UTF-8@valencia"})
    EXPECT_TRUE(names_utf8(name)) << name;
  for (const auto* name : {"", "C", "POSIX", "de_DE", "de_DE.ISO-8859-15@euro", "C.UTF-16", "."})
    EXPECT_FALSE(names_utf8(name)) << name;
}

TEST(HumanNumbers, AreShort) {
  EXPECT_EQ(human_bytes(812), "812 B");
  EXPECT_EQ(human_bytes(34'120), "34.1 KB");
  EXPECT_EQ(human_bytes(999'999), "1.0 MB");
  EXPECT_EQ(human_number(3), "3");
  EXPECT_EQ(human_number(0.15), "0.15");
  EXPECT_EQ(human_number(1234.5678), "1234.6");
  EXPECT_EQ(rough_number(0), "0");
  EXPECT_EQ(rough_number(0.15234), "0.152");
  EXPECT_EQ(rough_number(-9.996), "-10");
  EXPECT_EQ(rough_number(199.96), "200");
  EXPECT_EQ(rough_number(5126.7), "5130");
  EXPECT_EQ(rough_number(std::numeric_limits<double>::infinity()), "-");
  EXPECT_EQ(rough_number(std::numeric_limits<double>::denorm_min()), "-");
}

}  // namespace
}  // namespace webmon::cli
