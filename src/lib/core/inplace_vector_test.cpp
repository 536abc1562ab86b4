#include "lib/core/inplace_vector.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace webmon {
namespace {

using Three = InplaceVector<int, 3>;

std::vector<int> all(const Three& three) { return {three.begin(), three.end()}; }

TEST(InplaceVector, HasWhatWasPutIntoItInOrder) {
  Three three;
  EXPECT_TRUE(three.empty());
  three.push_back(1);
  three.push_back(2);
  EXPECT_EQ(all(three), (std::vector{1, 2}));
  EXPECT_EQ(three.front(), 1);
  EXPECT_EQ(three[1], 2);
  EXPECT_FALSE(three.is_full());
}

TEST(InplaceVector, TheLastMakesRoomForTheFirst) {
  Three three;
  for (const int i : {1, 2, 3, 4}) three.push_front(i);
  EXPECT_TRUE(three.is_full());
  EXPECT_EQ(all(three), (std::vector{4, 3, 2}));
}

TEST(InplaceVector, CopiesAreEqualAndApart) {
  Three three, empty;
  three.push_back(1);
  Three copy = three;
  EXPECT_EQ(copy, three);
  copy.push_back(2);
  EXPECT_NE(copy, three);
  EXPECT_NE(three, empty);
  EXPECT_EQ(three.size(), 1U);
}

}  // namespace
}  // namespace webmon
