#include "pipeline/scheduler/lag.hpp"

#include <gtest/gtest.h>

namespace webmon::scheduler {
namespace {

TEST(Lag, TellsTheShareOfChecksThatWereNotLater) {
  Lag lag;
  EXPECT_EQ(lag.quantile(0.5), milliseconds{0});
  for (int i = 99; i >= 0; --i) lag.add(milliseconds{i});
  EXPECT_EQ(lag.count(), 100U);
  EXPECT_EQ(lag.quantile(0.0), milliseconds{0});
  EXPECT_EQ(lag.quantile(0.5), milliseconds{50});
  EXPECT_EQ(lag.quantile(0.99), milliseconds{99});
  EXPECT_EQ(lag.quantile(1.0), milliseconds{99});
}

TEST(Lag, ForgetsAllButTheNewest) {
  Lag lag;
  for (std::size_t i = 0; i < Lag::kKept; ++i) lag.add(milliseconds{60'000});
  for (std::size_t i = 0; i < Lag::kKept; ++i) lag.add(milliseconds{5});
  EXPECT_EQ(lag.count(), Lag::kKept);
  EXPECT_EQ(lag.quantile(1.0), milliseconds{5});
}

TEST(Lag, CountsAClockThatWasSetBackAsPunctual) {
  Lag lag;
  lag.add(milliseconds{-5'000});
  EXPECT_EQ(lag.quantile(1.0), milliseconds{0});
}

}  // namespace
}  // namespace webmon::scheduler
