#include "lib/stats/sliding_window.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace webmon {
namespace {

TEST(SlidingWindow, KeepsTheLastValuesInTheirOrder) {
  SlidingWindow<int, 3> window;
  EXPECT_EQ(window.max(), 0);
  EXPECT_TRUE(window.values().empty());
  for (const int value : {9, 5}) window.add(value);
  EXPECT_EQ(window.from_oldest(0), 9);
  for (const int value : {1, 2}) window.add(value);
  EXPECT_EQ(window.values().size(), 3U);
  EXPECT_EQ(window.from_oldest(0), 5);
  EXPECT_EQ(window.from_oldest(2), 2);
  EXPECT_EQ(window.max(), 5) << "9 has been forgotten";
}

TEST(SlidingWindow, HasTheMomentsOfWhatItHoldsHoweverLargeWhatItForgotWas) {
  SlidingWindow<double, 4> window;
  for (const double value : {1e15, 3e-3, 1.0, 2.0, 3.0, 4.0}) window.add(value);
  const auto moments = window.moments();
  EXPECT_EQ(moments.n, 4U);
  EXPECT_DOUBLE_EQ(moments.mean, 2.5);
  EXPECT_DOUBLE_EQ(moments.sd(), std::sqrt(5.0 / 3));
}

}  // namespace
}  // namespace webmon
