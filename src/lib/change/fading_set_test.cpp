#include "lib/change/fading_set.hpp"

#include <gtest/gtest.h>

#include "lib/core/hashing.hpp"

namespace webmon::change {
namespace {

TEST(FadingSet, HasWhatWasAddedAndLittleElse) {
  FadingSet<1024, 3> set;
  const std::uint64_t members = set.capacity();
  for (std::uint64_t i = 0; i < members; ++i) set.add(mix(i));
  for (std::uint64_t i = 0; i < members; ++i) EXPECT_TRUE(set.contains(mix(i)));
  int wrong = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) wrong += set.contains(mix(1'000'000 + i)) ? 1 : 0;
  EXPECT_LT(wrong, 800);  // under 8 %
}

TEST(FadingSet, ForgetsWhatIsNotSeenAgain) {
  FadingSet<128, 4> set;
  set.add(mix(7));
  for (std::uint64_t round = 0; round < 20; ++round) {
    for (std::uint64_t i = 0; i < 40; ++i) set.add(mix(1000 * round + 100 + i));
    set.add(mix(9));
    set.age();
  }
  EXPECT_TRUE(set.contains(mix(9)));
  EXPECT_FALSE(set.contains(mix(7)));
}

}  // namespace
}  // namespace webmon::change
