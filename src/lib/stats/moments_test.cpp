#include "lib/stats/moments.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "lib/core/rng.hpp"
#include "tests/support/numpy.hpp"

namespace webmon {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double uniform(Rng& rng) { return static_cast<double>(rng.next() >> 11U) * 0x1p-53; }

Moments of(const std::vector<double>& values) {
  Moments moments;
  for (const double value : values) EXPECT_TRUE(moments.add(value));
  return moments;
}

TEST(Moments, StartEmpty) {
  const Moments moments;
  EXPECT_EQ(moments.n, 0U);
  EXPECT_EQ(moments.sd(), 0);
  EXPECT_TRUE(moments.is_valid());
}

TEST(Moments, KnowCountMeanDeviationExtremesAndLast) {
  const Moments moments = of({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_EQ(moments.n, 8U);
  EXPECT_DOUBLE_EQ(moments.mean, 5);
  EXPECT_DOUBLE_EQ(moments.sd(), std::sqrt(32.0 / 7));
  EXPECT_EQ(moments.min, 2);
  EXPECT_EQ(moments.max, 9);
  EXPECT_EQ(moments.last, 9);
  EXPECT_EQ(of({3}).sd(), 0);
}

TEST(Moments, HaveNoDeviationAtAllOverAConstant) {
  for (const double value : {0.0, 0.1, 1.0 / 3, 1e-300, 123456789.123, -7e15}) {
    SCOPED_TRACE(value);
    const Moments moments = of(std::vector<double>(1000, value));
    EXPECT_EQ(moments.mean, value);
    EXPECT_EQ(moments.sd(), 0);
  }
}

TEST(Moments, AreStableFarFromZero) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(1e9 + i % 2);
  EXPECT_NEAR(of(values).sd(), 0.5 * std::sqrt(1000.0 / 999), 1e-9);
}

TEST(Moments, RefuseWhatIsNotFiniteAndStayAsTheyWere) {
  Moments moments = of({1, 2, 3});
  const Moments before = moments;
  for (const double value : {kNan, kInf, -kInf, 1e300, -1e308}) {
    EXPECT_FALSE(moments.add(value)) << value;
    EXPECT_EQ(moments, before);
  }
  EXPECT_TRUE(of({1e300}).is_valid()) << "alone it is only a number";
}

TEST(Moments, MergeIsTheWhole) {
  SeededRng rng{1};
  for (int round = 0; round < 100; ++round) {
    std::vector<double> values;
    for (int i = 0; i < 60; ++i) values.push_back(1000 + 10 * uniform(rng));
    const auto cut = static_cast<std::ptrdiff_t>(rng.next() % 61);
    const Moments whole = of(values);
    const Moments merged =
        merge(of({values.begin(), values.begin() + cut}), of({values.begin() + cut, values.end()}));
    EXPECT_EQ(merged.n, whole.n);
    EXPECT_NEAR(merged.mean, whole.mean, 1e-9);
    EXPECT_NEAR(merged.sd(), whole.sd(), 1e-9);
    EXPECT_EQ(merged.min, whole.min);
    EXPECT_EQ(merged.max, whole.max);
    EXPECT_EQ(merged.last, whole.last);
    EXPECT_TRUE(merged.is_valid());
  }
}

TEST(Moments, DoNotDependOnOrderAndFollowScale) {
  SeededRng rng{2};
  std::vector<double> values;
  for (int i = 0; i < 500; ++i) values.push_back(uniform(rng));
  const Moments forward = of(values);
  const Moments backward = of({values.rbegin(), values.rend()});
  EXPECT_NEAR(forward.mean, backward.mean, 1e-14);
  EXPECT_NEAR(forward.sd(), backward.sd(), 1e-14);
  for (double& value : values) value = -3e6 * value + 7;
  const Moments scaled = of(values);
  EXPECT_NEAR(scaled.mean, -3e6 * forward.mean + 7, 1e-7);
  EXPECT_NEAR(scaled.sd(), 3e6 * forward.sd(), 1e-7);
}

TEST(Moments, CountSaturates) {
  Moments moments = of({1, 2});
  moments.n = std::numeric_limits<std::uint32_t>::max();
  EXPECT_TRUE(moments.add(1));
  EXPECT_EQ(moments.n, std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(merge(moments, moments).n, std::numeric_limits<std::uint32_t>::max());
}

TEST(Moments, KnowImpossibleOnes) {
  const Moments good = of({1, 2, 3});
  EXPECT_TRUE(good.is_valid());
  const auto with = [&](auto change) {
    Moments moments = good;
    change(moments);
    return moments.is_valid();
  };
  EXPECT_FALSE(with([](Moments& m) { m.m2 = -1; }));
  EXPECT_FALSE(with([](Moments& m) { m.mean = kNan; }));
  EXPECT_FALSE(with([](Moments& m) { m.m2 = kInf; }));
  EXPECT_FALSE(with([](Moments& m) { m.mean = 4; }));
  EXPECT_FALSE(with([](Moments& m) { m.min = 3; }));
  EXPECT_FALSE(with([](Moments& m) { m.last = 0; }));
  EXPECT_FALSE(with([](Moments& m) { m.n = 0; }));
}

// The brief's numpy as an independent reference: mean, standard deviation and z of several kinds of
// series.
constexpr std::string_view kScript = R"py(
for x in rows:
    history, last = x[:-1], x[-1]
    sd = history.std(ddof=1)
    tell(history.mean(), sd, (last - history.mean()) / sd, history.min(), history.max())
)py";

std::vector<std::vector<double>> series_for_numpy() {
  SeededRng rng{3};
  const auto make = [&](int n, double offset, double scale) {
    std::vector<double> values;
    for (int i = 0; i < n; ++i) values.push_back(offset + scale * (uniform(rng) - 0.5));
    return values;
  };
  std::vector<std::vector<double>> all = {make(3, 0, 1), make(61, 30'000, 500), make(1000, 1e4, 1),
                                          make(500, -5, 1e-3), make(5000, 0, 1e12)};
  std::vector<double> counts;
  for (int i = 0; i < 500; ++i) counts.push_back(static_cast<double>(rng.next() % 7));
  all.push_back(counts);
  return all;
}

TEST(Moments, AgreeWithNumpy) {
  const auto all = series_for_numpy();
  const auto reference = testing::ask_numpy(kScript, all);
  if (!reference.missing.empty()) GTEST_SKIP() << reference.missing;
  ASSERT_EQ(reference.numbers.size(), all.size() * 5);
  auto theirs = reference.numbers.begin();
  for (const auto& values : all) {
    const Moments moments = of({values.begin(), values.end() - 1});
    const double z = (values.back() - moments.mean) / moments.sd();
    for (const double ours : {moments.mean, moments.sd(), z, moments.min, moments.max}) {
      // Relative to the larger of value and spread: a mean next to zero has no relative precision.
      const double scale = std::max({std::abs(*theirs), moments.sd() * 1e-3, 1e-300});
      EXPECT_LE(std::abs(ours - *theirs) / scale, 1e-9) << ours << " is not " << *theirs;
      ++theirs;
    }
  }
}

}  // namespace
}  // namespace webmon
