#include "pipeline/executor/side_cache.hpp"

#include <gtest/gtest.h>

namespace webmon::executor {
namespace {

constexpr MonoTime kNow{seconds{100}};

Side side_of(std::string text) {
  return std::make_shared<store::KeptSide>(
      store::KeptSide{.is_ok = true, .obtained = {}, .text = std::move(text)});
}

TEST(SideCache, GivesWhatItKeepsUntilItsTimeIsOver) {
  SideCache cache{10'000};
  EXPECT_EQ(cache.find("a", kNow), nullptr);
  cache.keep("a", side_of("one"), kNow + seconds{5});
  EXPECT_EQ(cache.find("a", kNow + seconds{4})->text, "one");
  EXPECT_EQ(cache.find("a", kNow + seconds{5}), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(SideCache, KeepsTheNewerOfTwo) {
  SideCache cache{10'000};
  cache.keep("a", side_of("one"), kNow + seconds{5});
  const auto bytes = cache.bytes();
  cache.keep("a", side_of("two"), kNow + seconds{50});
  EXPECT_EQ(cache.bytes(), bytes);
  EXPECT_EQ(cache.find("a", kNow + seconds{9})->text, "two");
}

TEST(SideCache, DropsTheLeastUsedToStayWithinItsBytes) {
  SideCache cache{3 * 1'400};
  for (const char* key : {"a", "b", "c"})
    cache.keep(key, side_of(std::string(1'000, *key)), kNow + seconds{5});
  ASSERT_NE(cache.find("a", kNow), nullptr);
  cache.keep("d", side_of(std::string(1'000, 'd')), kNow + seconds{5});
  EXPECT_EQ(cache.find("b", kNow), nullptr) << "used least";
  EXPECT_NE(cache.find("a", kNow), nullptr);
  EXPECT_NE(cache.find("d", kNow), nullptr);
  EXPECT_LE(cache.bytes(), 3U * 1'400U);
}

TEST(SideCache, DoesNotKeepWhatIsLargerThanAllOfIt) {
  SideCache cache{3'000};
  cache.keep("small", side_of("s"), kNow + seconds{5});
  cache.keep("large", side_of(std::string(5'000, 'x')), kNow + seconds{5});
  EXPECT_EQ(cache.find("large", kNow), nullptr);
  EXPECT_NE(cache.find("small", kNow), nullptr);
}

TEST(SideCache, WhatWasGivenLivesOnWhenItIsDropped) {
  SideCache cache{1'000};
  cache.keep("a", side_of("one"), kNow + seconds{5});
  const auto given = cache.find("a", kNow);
  cache.keep("b", side_of(std::string(600, 'b')), kNow + seconds{5});
  EXPECT_EQ(cache.find("a", kNow), nullptr);
  EXPECT_EQ(given->text, "one");
}

}  // namespace
}  // namespace webmon::executor
