#include "lib/stats/ew_level.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace webmon {
namespace {

EwLevel of(const std::vector<double>& values, double half_life) {
  EwLevel level;
  for (const double value : values) level.add(value, decay_of(half_life));
  return level;
}

TEST(EwLevel, HasHalfItsWeightInOneHalfLife) {
  EXPECT_DOUBLE_EQ(std::pow(decay_of(7), 7), 0.5);
  EXPECT_EQ(decay_of(kForever), 1);
  std::vector<double> step(10'000, 0.0);
  step.insert(step.end(), 50, 1.0);
  EXPECT_NEAR(of(step, 50).mean, 0.5, 1e-12);
}

TEST(EwLevel, IsThePlainMeanAndDeviationIfNothingFades) {
  const std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
  const auto level = of(values, kForever);
  EXPECT_DOUBLE_EQ(level.mean, 5);
  EXPECT_DOUBLE_EQ(level.sd(), 2);
}

TEST(EwLevel, DoesNotFavourTheFirstValue) {
  const auto level = of({10, 20}, 1);
  EXPECT_DOUBLE_EQ(level.mean, (10 * 0.5 + 20) / 1.5);
}

TEST(EwLevel, HasNoSpreadOverAConstantAndIsStableFarFromZero) {
  for (const double value : {0.0, 0.1, 1.0 / 3, 1e-300, 123456789.123, -7e15}) {
    const auto level = of(std::vector<double>(1'000, value), 300);
    EXPECT_EQ(level.mean, value);
    EXPECT_EQ(level.sd(), 0);
  }
  std::vector<double> far;
  for (int i = 0; i < 1'000; ++i) far.push_back(1e9 + i % 2);
  EXPECT_NEAR(of(far, 300).sd(), 0.5, 1e-6);
}

TEST(EwLevel, FollowsScaleAndOffset) {
  std::vector<double> values;
  for (int i = 0; i < 500; ++i) values.push_back(std::sin(i * i));
  const auto plain = of(values, 20);
  for (double& value : values) value = -3e6 * value + 7;
  const auto scaled = of(values, 20);
  EXPECT_NEAR(scaled.mean, -3e6 * plain.mean + 7, 1e-6);
  EXPECT_NEAR(scaled.sd(), 3e6 * plain.sd(), 1e-6);
}

TEST(EwLevel, KnowsImpossibleOnes) {
  EXPECT_TRUE(EwLevel{}.is_valid());
  EXPECT_TRUE(of({1, 2, 3}, 5).is_valid());
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE((EwLevel{kNan, 0, 0}).is_valid());
  EXPECT_FALSE((EwLevel{1, kNan, 0}).is_valid());
  EXPECT_FALSE((EwLevel{1, 0, -1}).is_valid());
  EXPECT_FALSE((EwLevel{0, 1, 0}).is_valid());
  EXPECT_FALSE((EwLevel{-1, 0, 0}).is_valid());
}

}  // namespace
}  // namespace webmon
