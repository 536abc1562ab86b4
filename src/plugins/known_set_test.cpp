#include "plugins/known_set.hpp"

#include <gtest/gtest.h>

#include <string>

#include "lib/core/plugin.hpp"

namespace webmon::plugins {
namespace {

const StoreTime kNow = store_time_ms(1'790'000'000'000);

std::string after(std::string_view state, std::initializer_list<const char*> names) {
  KnownSet known{state, kNow};
  for (const char* name : names) known.add(name);
  return known.state();
}

TEST(KnownSet, NothingIsNewAtFirst) {
  KnownSet known{{}, kNow};
  EXPECT_TRUE(known.is_first());
  EXPECT_FALSE(known.add("a.example"));
}

TEST(KnownSet, TellsNewFromKnownOnceAnObservation) {
  KnownSet known{after({}, {"a.example", "b.example"}), kNow};
  EXPECT_FALSE(known.is_first());
  EXPECT_FALSE(known.add("a.example"));
  EXPECT_TRUE(known.add("c.example"));
  EXPECT_FALSE(known.add("c.example")) << "told already";
  EXPECT_FALSE((KnownSet{known.state(), kNow}.add("c.example"))) << "known from now on";
  EXPECT_FALSE((KnownSet{known.state(), kNow}.add("b.example"))) << "remembered though absent";
}

TEST(KnownSet, IsSettledAfterTheWarmUpOfTheStatistics) {
  std::string state;
  for (std::uint32_t i = 0; i < kWarmup; ++i) {
    EXPECT_FALSE((KnownSet{state, kNow}.is_settled())) << i;
    state = after(state, {"a"});
  }
  EXPECT_TRUE((KnownSet{state, kNow}.is_settled()));
  for (int i = 0; i < 300; ++i) state = after(state, {"a"});
  EXPECT_TRUE((KnownSet{state, kNow}.is_settled())) << "the count does not wrap";
}

TEST(KnownSet, ForgetsTheLeastRecentlySeenAndFitsIntoAState) {
  std::string state = after({}, {"old"});
  KnownSet many{state, kNow};
  for (std::size_t i = 0; i < KnownSet::kMost; ++i) many.add("name" + std::to_string(i));
  state = many.state();
  EXPECT_LE(state.size(), kMaxPluginState);
  KnownSet known{state, kNow};
  EXPECT_FALSE(known.add("name79"));
  EXPECT_TRUE(known.add("old"));
}

TEST(KnownSet, HashesDependOnTheMomentOfTheFirstObservation) {
  EXPECT_NE(after({}, {"a"}).substr(9), KnownSet({}, store_time_ms(1)).state().substr(0, 6));
  KnownSet other{{}, store_time_ms(1'790'000'000'001)};
  other.add("a");
  EXPECT_NE(after({}, {"a"}).substr(9), other.state().substr(9));
}

TEST(KnownSet, BeginsAnewFromAStateThatIsNone) {
  for (const char* odd : {"x", "123456789a", "a state of something else, long enough"}) {
    KnownSet known{odd, kNow};
    EXPECT_TRUE(known.is_first()) << odd;
    EXPECT_FALSE(known.add("a")) << odd;
  }
}

}  // namespace
}  // namespace webmon::plugins
