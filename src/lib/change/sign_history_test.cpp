#include "lib/change/sign_history.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace webmon::change {
namespace {

constexpr auto kSign = static_cast<std::size_t>(Sign::novel_words);

Evidence with(double value) {
  Evidence evidence{};
  evidence[kSign] = value;
  evidence[static_cast<std::size_t>(Sign::calm)] = 1;
  return evidence;
}

/// In two passes.
Usual usual_of(const std::vector<double>& values) {
  double mean = 0, m2 = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) m2 += (value - mean) * (value - mean);
  return {static_cast<std::uint32_t>(values.size()), mean,
          values.size() < 2 ? 0 : std::sqrt(m2 / static_cast<double>(values.size() - 1))};
}

TEST(SignHistory, KnowsMeanAndDeviationThoughUnchangedObservationsAreNotTold) {
  std::mt19937 random{7};
  SignHistory history;
  std::vector<double> values;
  history.add(0, with(4));  // all of the first is new
  for (std::uint32_t number = 1; number < 400; ++number) {
    const Usual got = history.before(number, Sign::novel_words), want = usual_of(values);
    EXPECT_EQ(got.n, want.n);
    EXPECT_NEAR(got.mean, want.mean, 1e-6);
    EXPECT_NEAR(got.sd, want.sd, 1e-5);
    const bool is_changed = random() % 3 == 0;
    values.push_back(is_changed ? static_cast<double>(random() % 100) / 50 : 0);
    if (is_changed) history.add(number, with(values.back()));
  }
}

TEST(SignHistory, ThereIsNothingBeforeTheSecondObservation) {
  SignHistory history;
  EXPECT_EQ(history.before(0, Sign::novel_words), Usual{});
  EXPECT_EQ(history.before(1, Sign::novel_words), Usual{});
  EXPECT_EQ(history.before(2, Sign::novel_words).n, 1U);
}

TEST(SignHistory, WhatDescribesThePageIsNotCounted) {
  SignHistory history;
  history.add(1, with(1));
  EXPECT_EQ(history.before(2, Sign::calm), Usual{});
  EXPECT_EQ(history.before(2, Sign::novel_words), (Usual{1, 1, 0}));
}

}  // namespace
}  // namespace webmon::change
