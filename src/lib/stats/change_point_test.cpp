#include "lib/stats/change_point.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "lib/core/rng.hpp"
#include "tests/support/numpy.hpp"

namespace webmon {
namespace {

double uniform(Rng& rng) { return static_cast<double>((rng.next() >> 11U) + 1) * 0x1p-53; }
/// Source: Box and Muller 1958.
double normal(Rng& rng) {
  return std::sqrt(-2 * std::log(uniform(rng))) * std::cos(2 * std::numbers::pi * uniform(rng));
}

std::vector<double> levels(Rng& rng, std::initializer_list<std::pair<int, double>> parts,
                           double noise) {
  std::vector<double> values;
  for (const auto& [n, level] : parts)
    for (int i = 0; i < n; ++i) values.push_back(level + noise * normal(rng));
  return values;
}

TEST(BestSplit, AgreesWithNumpy) {
  SeededRng rng{11};
  std::vector<std::vector<double>> series;
  std::vector<Split> ours;
  for (int n = 8; n < 60; ++n) {
    series.push_back(levels(rng, {{n / 2, 1e3}, {n - n / 2, 1e3 + n / 10}}, 3));
    ours.push_back(*best_split(series.back(), 4));
  }
  const auto answer = testing::ask_numpy(R"(
for a in rows:
    n = len(a)
    gains = [np.var(a) * n - np.var(a[:s]) * s - np.var(a[s:]) * (n - s) for s in range(4, n - 3)]
    tell(4 + int(np.argmax(gains)), max(gains))
)",
                                         series);
  if (!answer.missing.empty()) GTEST_SKIP() << answer.missing;
  ASSERT_EQ(answer.numbers.size(), 2 * ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(static_cast<double>(ours[i].at), answer.numbers[2 * i]);
    EXPECT_NEAR(ours[i].gain / answer.numbers[2 * i + 1], 1, 1e-9);
  }
}

TEST(BestSplit, IsNoneOfTooFewOrOfAConstant) {
  const std::vector<double> constant(9, 7), few{1, 1, 1, 2, 2, 2, 2};
  EXPECT_FALSE(best_split(constant, 4));
  EXPECT_FALSE(best_split(few, 4));
  EXPECT_EQ(best_split(few, 3)->at, 3U);
}

TEST(LastChangePoint, IsWhereAStepIs) {
  const std::vector<double> step{5, 5, 5, 5, 5, 5, 5, 5, 5, 7, 7, 7, 7};
  const auto found = last_change_point(step);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at, 9U);
  EXPECT_EQ(found->before, 5);
  EXPECT_EQ(found->after, 7);
  EXPECT_FALSE(last_change_point(std::span{step}.first(12))) << "three values are no level yet";
}

TEST(LastChangePoint, OfSeveralIsTheLastBesideTheLevelBeforeIt) {
  SeededRng rng{12};
  for (const auto& values : {levels(rng, {{10, 3}, {10, 30}, {8, 90}}, 1),
                             levels(rng, {{10, 90}, {10, 30}, {8, 91}}, 1)}) {
    const auto found = last_change_point(values);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->at, 20U);
    EXPECT_NEAR(found->before, 30, 2);
    EXPECT_NEAR(found->after, 90, 2);
  }
}

TEST(LastChangePoint, IsNoOutlierNoSlopeOfNoiseAndNoAlternation) {
  std::vector<double> values(32, 10);
  for (const std::size_t at : {0U, 15U, 30U, 31U}) {
    auto spiked = values;
    spiked[at] = 1e6;
    EXPECT_FALSE(last_change_point(spiked)) << at;
  }
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 1 : 2;
  EXPECT_FALSE(last_change_point(values));
}

TEST(LastChangePoint, IsFoundByChanceInFewSeriesAndAShiftOfThreeSigmasInMost) {
  SeededRng rng{13};
  int by_chance = 0, found = 0;
  for (int i = 0; i < 1'000; ++i) {
    by_chance += last_change_point(levels(rng, {{32, 100}}, 5)) ? 1 : 0;
    const auto shift = last_change_point(levels(rng, {{22, 100}, {10, 115}}, 5));
    found += shift && shift->at >= 21 && shift->at <= 23 ? 1 : 0;
  }
  EXPECT_LE(by_chance, 15);
  EXPECT_GE(found, 850);
}

TEST(LastChangePoint, FollowsOffsetAndScale) {
  SeededRng rng{14};
  auto values = levels(rng, {{20, 0}, {12, 9}}, 1);
  const auto plain = last_change_point(values);
  for (double& value : values) value = 1e9 - 1e3 * value;
  const auto scaled = last_change_point(values);
  ASSERT_TRUE(plain && scaled);
  EXPECT_EQ(plain->at, scaled->at);
  EXPECT_NEAR(scaled->after, 1e9 - 1e3 * plain->after, 1e-5);
}

TEST(LastChangePoint, RefusesWhatIsNoNumber) {
  std::vector<double> values{1, 1, 1, 1, 5, 5, 5, 5};
  EXPECT_TRUE(last_change_point(values));
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    values[2] = bad;
    EXPECT_FALSE(last_change_point(values));
  }
  EXPECT_FALSE(last_change_point({}));
}

}  // namespace
}  // namespace webmon
