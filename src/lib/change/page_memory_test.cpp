#include "lib/change/page_memory.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "lib/core/hashing.hpp"

namespace webmon::change {
namespace {

TEST(PageMemory, FirstPiecesAreMissedOnlyOnceTheyAreRemembered) {
  PageMemory memory;
  memory.piece_shift = 7;
  constexpr std::uint64_t kNotSampled = std::uint64_t{1} << 56U;
  EXPECT_TRUE(memory.knows_piece(kNotSampled, 0)) << "a memory that a build before this one wrote";
  memory.learn({});
  EXPECT_FALSE(memory.knows_piece(kNotSampled, 0));
  EXPECT_TRUE(memory.knows_piece(kNotSampled, PageMemory::kFirst));
}

TEST(PageMemory, WordsOfAPieceThatStaysAreKnownHoweverMuchIsLearned) {
  constexpr std::uint32_t kWords = 60;
  PageMemory memory;
  PageTraits page;
  page.pieces = {{.hash = mix(1), .text = {}, .first_word = 0, .words = kWords},
                 {.hash = 0, .text = {}, .first_word = kWords, .words = kWords}};
  page.words.resize(std::size_t{2} * kWords);
  for (std::uint32_t w = 0; w < kWords; ++w) page.words[w] = mix(100 + w);
  int generations = 0;
  for (std::uint64_t round = 1; round <= 300; ++round) {
    page.pieces[1].hash = mix(round << 32U);  // the second is another one each time
    for (std::uint32_t w = 0; w < kWords; ++w) page.words[kWords + w] = mix((round << 32U) + w + 1);
    memory.learn(page);
    generations += memory.words.has_no_young() ? 1 : 0;
    for (std::uint32_t w = 0; w < kWords; ++w) ASSERT_TRUE(memory.words.contains(mix(100 + w)));
  }
  EXPECT_EQ(memory.word_shift, 0);
  EXPECT_GT(generations, 3) << "else nothing could have been forgotten";
}

}  // namespace
}  // namespace webmon::change
