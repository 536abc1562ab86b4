#include "lib/change/sign_history.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "lib/core/rng.hpp"

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
  SeededRng rng{7};
  SignHistory history;
  std::vector<double> values;
  history.add(0, with(4));  // all of the first is new
  for (std::uint32_t number = 1; number < 400; ++number) {
    const Usual got = history.before(number, Sign::novel_words), want = usual_of(values);
    EXPECT_EQ(got.n, want.n);
    EXPECT_NEAR(got.mean, want.mean, 1e-6);
    EXPECT_NEAR(got.sd, want.sd, 1e-5);
    const bool is_changed = rng.next() % 3 == 0;
    values.push_back(is_changed ? static_cast<double>(rng.next() % 100) / 50 : 0);
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

TEST(SignHistory, DeviationsAreTensOfStandardDeviationsAboveWhatIsUsual) {
  const auto deviation = [](const SignHistory& history, std::uint32_t number, double value) {
    return history.unusual(number, with(value)).deviations[kSign];
  };
  SignHistory quiet, lively;
  for (std::uint32_t number = 1; number <= 200; ++number) {
    lively.add(number, with(1 + static_cast<double>(number % 2)));
  }
  EXPECT_NEAR(deviation(quiet, 201, 1), 2, 1e-6) << "1 is 20 times the least deviation";
  EXPECT_NEAR(deviation(lively, 201, 2), 0.1, 0.001) << "one above 1.5 +- 0.5";
  EXPECT_EQ(deviation(lively, 201, 1), 0) << "less than usual";
  EXPECT_EQ(deviation(quiet, 201, 1e9), kMostDeviation);
  EXPECT_EQ(deviation(quiet, 10, 1), 0) << "of nine nothing is said";
  EXPECT_GT(deviation(quiet, 11, 1), 0);
  EXPECT_NEAR(lively.unusual(201, with(2)).excess[kSign], 0.5, 0.001);
  EXPECT_EQ(lively.unusual(201, with(1)).excess[kSign], 0);
  EXPECT_EQ(quiet.unusual(10, with(1)).excess[kSign], 1);
  EXPECT_EQ(quiet.unusual(201, with(1)).deviations[static_cast<std::size_t>(Sign::calm)], 0);
}

}  // namespace
}  // namespace webmon::change
