#include "lib/stats/robust.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/core/rng.hpp"
#include "tests/support/numpy.hpp"

namespace webmon {
namespace {

double uniform(Rng& rng) { return static_cast<double>(rng.next() >> 11U) * 0x1p-53; }

std::vector<double> sample(Rng& rng, int n, double offset, double scale) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(offset + scale * (uniform(rng) - 0.5));
  return values;
}

OrderedSample of(std::vector<double> values) { return *OrderedSample::of(std::move(values)); }

constexpr double kShares[] = {0, 0.001, 0.05, 0.25, 1.0 / 3, 0.5, 0.75, 0.95, 0.999, 1};

TEST(OrderedSample, RefusesWhatHasNoOrder) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(OrderedSample::of({}));
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), kInf, -kInf})
    EXPECT_FALSE(OrderedSample::of({1, bad, 3})) << bad;
}

TEST(OrderedSample, InterpolatesBetweenTheValuesBeside) {
  const auto four = of({40, 10, 30, 20});
  EXPECT_EQ(four.size(), 4U);
  EXPECT_EQ(four.quantile(0), 10);
  EXPECT_EQ(four.quantile(1), 40);
  EXPECT_DOUBLE_EQ(four.quantile(0.25), 17.5);
  EXPECT_EQ(four.median(), 25);
  EXPECT_EQ(of({40, 10, 30}).median(), 30);
  EXPECT_EQ(four.quantile(-1), 10);
  EXPECT_EQ(four.quantile(2), 40);
}

TEST(OrderedSample, OfAConstantIsThatConstantWithoutDeviation) {
  for (const double value : {0.0, 0.1, -7e15, 1e308}) {
    SCOPED_TRACE(value);
    for (const int n : {1, 2, 33}) {
      const auto constant = of(std::vector<double>(static_cast<std::size_t>(n), value));
      for (const double p : kShares) EXPECT_EQ(constant.quantile(p), value);
      EXPECT_EQ(constant.mad(), 0);
    }
  }
}

TEST(OrderedSample, DoesNotDependOnOrderAndFollowsScale) {
  SeededRng rng{5};
  for (int n = 1; n < 70; ++n) {
    auto values = sample(rng, n, 3, 10);
    const auto forward = of(values);
    std::ranges::reverse(values);
    const auto backward = of(values);
    for (double& value : values) value = -3e6 * value + 7;
    const auto scaled = of(values);
    for (const double p : kShares) {
      EXPECT_EQ(forward.quantile(p), backward.quantile(p));
      EXPECT_NEAR(scaled.quantile(1 - p), -3e6 * forward.quantile(p) + 7, 1e-7);
    }
    EXPECT_EQ(forward.mad(), backward.mad());
    EXPECT_NEAR(scaled.mad(), 3e6 * forward.mad(), 1e-7);
  }
}

TEST(OrderedSample, RisesWithTheShareAndStaysWithinTheSample) {
  SeededRng rng{6};
  for (int n = 1; n < 70; ++n) {
    const auto values = sample(rng, n, -2, 5);
    const auto ordered = of(values);
    const auto [least, most] = std::ranges::minmax(values);
    double before = least;
    for (int i = 0; i <= 1'000; ++i) {
      const double now = ordered.quantile(i / 1'000.0);
      EXPECT_GE(now, before);
      before = now;
    }
    EXPECT_EQ(before, most);
  }
}

TEST(OrderedSample, IsNotMovedByOutliersOfLessThanHalf) {
  SeededRng rng{7};
  auto values = sample(rng, 100, 50, 1);
  for (std::size_t i = 0; i < 49; ++i) values[i] = 1e12;
  const auto ordered = of(values);
  EXPECT_LT(ordered.median(), 51);
  EXPECT_LT(ordered.mad(), 2);
}

TEST(OrderedSample, EstimatesTheDeviationOfANormalSample) {
  SeededRng rng{8};
  std::vector<double> values;
  for (int i = 0; i < 20'000; ++i)  // Box and Muller 1958
    values.push_back(3 * std::sqrt(-2 * std::log(1 - uniform(rng))) *
                     std::cos(6.283185307179586 * uniform(rng)));
  EXPECT_NEAR(of(values).mad(), 3, 0.1);
}

constexpr std::string_view kScript = R"py(
for x in rows:
    tell(*np.quantile(x, [0, 0.001, 0.05, 0.25, 1 / 3, 0.5, 0.75, 0.95, 0.999, 1]), np.median(x),
         np.median(np.abs(x - np.median(x))) * 1.482602218505602)
)py";

TEST(OrderedSample, AgreesWithNumpy) {
  SeededRng rng{9};
  std::vector<std::vector<double>> rows{{7}, {1, 2}, {0, 0, 0, 1}};
  for (const int n : {2, 3, 20, 31, 32, 1'000}) {
    rows.push_back(sample(rng, n, 0, 1));
    rows.push_back(sample(rng, n, 30'000, 500));
    rows.push_back(sample(rng, n, -5, 1e-3));
    rows.push_back(sample(rng, n, 0, 1e12));
    std::vector<double> counts;
    for (int i = 0; i < n; ++i) counts.push_back(static_cast<double>(rng.next() % 7));
    rows.push_back(counts);
  }
  const auto reference = testing::ask_numpy(kScript, rows);
  if (!reference.missing.empty()) GTEST_SKIP() << reference.missing;
  ASSERT_EQ(reference.numbers.size(), rows.size() * (std::size(kShares) + 2));
  auto theirs = reference.numbers.begin();
  for (const auto& row : rows) {
    const auto ordered = of(row);
    std::vector<double> ours;
    for (const double p : kShares) ours.push_back(ordered.quantile(p));
    ours.insert(ours.end(), {ordered.median(), ordered.mad()});
    // Relative to the larger of value and spread: next to zero there is no relative precision.
    const double spread = ordered.quantile(1) - ordered.quantile(0);
    for (const double value : ours) {
      const double scale = std::max({std::abs(*theirs), spread * 1e-3, 1e-300});
      EXPECT_LE(std::abs(value - *theirs) / scale, 1e-9) << value << " is not " << *theirs;
      ++theirs;
    }
  }
}

}  // namespace
}  // namespace webmon
