#include "lib/change/memory_codec.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "lib/core/rng.hpp"

namespace webmon::change {
namespace {

TEST(MemoryCodec, AMemoryWithImpossibleNumbersDoesNotRead) {
  PageMemory memory;
  memory.seen = ~0U;
  EXPECT_FALSE(decode(encode(memory)));
  memory.seen = 1'000'000;
  memory.signs.spreads[0] = {1e5F, 1e10F};
  EXPECT_TRUE(decode(encode(memory)));
  for (const float bad : {1e30F, -1e30F, std::numeric_limits<float>::quiet_NaN()}) {
    memory.signs.spreads[0] = {bad, 0};
    EXPECT_FALSE(decode(encode(memory))) << bad;
    memory.signs.spreads[0] = {0, bad};
    EXPECT_FALSE(decode(encode(memory))) << bad;
  }
}

TEST(MemoryCodec, OldVersionsAreLeftOutOfAMemoryThatWouldBeTooLarge) {
  SeededRng rng{5};
  const auto fill = [&](std::span<std::uint64_t> bits) {
    for (std::uint64_t& word : bits) word = rng.next();
  };
  PageMemory full;
  for (auto* set : {&full.pieces.young(), &full.pieces.old()}) fill(*set);
  for (auto* set : {&full.words.young(), &full.words.old()}) fill(*set);
  for (auto* set : {&full.links.young(), &full.links.old()}) fill(*set);
  for (auto* set : {&full.loads.young(), &full.loads.old()}) fill(*set);
  for (std::uint32_t title = 1; title <= PageMemory::kVersions; ++title) {
    full.versions.push_back({.in_sketch = Version::kSketch, .title = title});
  }
  full.waits = 1;
  full.waiting.version.in_sketch = Version::kSketch;
  for (auto& spread : full.signs.spreads) spread = {1, 1};
  const std::string bytes = encode(full);
  EXPECT_LE(bytes.size(), kMaxMemory);
  const auto read = decode(bytes);
  ASSERT_TRUE(read);
  ASSERT_GE(read->versions.size(), 1U);
  EXPECT_LT(read->versions.size(), PageMemory::kVersions);
  EXPECT_EQ(read->versions.front().title, 1U) << "the newest comes first";
  EXPECT_EQ(read->signs, full.signs);
  EXPECT_EQ(read->pieces, full.pieces);
}

}  // namespace
}  // namespace webmon::change
