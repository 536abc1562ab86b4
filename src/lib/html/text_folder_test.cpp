#include "lib/html/text_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace webmon::html {
namespace {

/// What folding means, a character at a time.
std::string fold_plainly(std::string_view text) {
  std::string out;
  bool is_pending = false;
  while (!text.empty()) {
    const bool is_nbsp = text.starts_with("\xC2\xA0");
    if (is_nbsp || std::string_view{" \t\n\f\r"}.find(text.front()) != std::string_view::npos) {
      is_pending = true;
      text.remove_prefix(is_nbsp ? 2 : 1);
      continue;
    }
    if (is_pending && !out.empty()) out += ' ';
    is_pending = false;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

TEST(TextFolder, FoldsAsACharacterAtATimeWouldInAnyPieces) {
  const std::vector<std::string> parts = {
      "a", "word", " ", "\n\t ", "\xC2\xA0", "\xC3\xA9", "sixteenletters16", "\v", "  ", "\r\n"};
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::uint64_t state = seed;
    const auto below = [&](std::uint64_t n) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      return static_cast<std::size_t>((state >> 33U) % n);
    };
    std::string all;
    TextFolder folder{1U << 20U};
    for (std::size_t piece = 0; piece < 20; ++piece) {
      std::string text;
      for (std::size_t i = below(8); i > 0; --i) text += parts[below(parts.size())];
      folder.add(text);
      all += text;
    }
    const std::string want = fold_plainly(all);
    ASSERT_EQ(folder.text(), want) << seed;
    EXPECT_EQ(folder.bytes(), want.size());
    const auto spaces = static_cast<std::uint32_t>(std::ranges::count(want, ' '));
    EXPECT_EQ(folder.words(), want.empty() ? 0 : spaces + 1);
  }
}

TEST(TextFolder, TakesNothingOfWhatStandsBehindThePiece) {
  const std::string page = "one  two\n three<b> \xC2\xA0\v four</b> and more text after all of it";
  for (std::size_t begin = 0; begin < page.size(); ++begin) {
    for (std::size_t size = 0; begin + size <= page.size(); ++size) {
      const std::string_view piece = std::string_view{page}.substr(begin, size);
      if (piece.starts_with('\xA0') || piece.ends_with('\xC2')) continue;  // cut in a character
      TextFolder folder{1U << 10U};
      folder.add(piece, page.data() + page.size());
      ASSERT_EQ(folder.text(), fold_plainly(piece)) << begin << " " << size;
    }
  }
}

TEST(TextFolder, KeepsWholeWordsUpToItsBoundAndCountsOn) {
  TextFolder folder{10};
  folder.add("one two three four");
  folder.add(std::string(20'000, 'x') + " end");
  EXPECT_EQ(folder.text(), "one two");
  EXPECT_EQ(folder.words(), 5U);
  EXPECT_EQ(folder.bytes(), 18U + 20'000 + 4);
}

TEST(TextFolder, SeparatesOnceAndOnlyWords) {
  TextFolder folder{100};
  folder.separate();
  folder.add("a");
  const std::size_t mark = folder.mark();
  folder.separate();
  folder.separate();
  folder.add("b");
  EXPECT_EQ(folder.text(), "a b");
  EXPECT_EQ(trimmed(folder.since(mark)), "b");
  folder.separate();
  EXPECT_EQ(folder.bytes(), 3U);
}

}  // namespace
}  // namespace webmon::html
