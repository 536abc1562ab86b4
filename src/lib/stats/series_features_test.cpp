#include "lib/stats/series_features.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "lib/core/rng.hpp"
#include "tests/support/numpy.hpp"

namespace webmon {
namespace {

struct Point {
  std::int64_t time;
  double value;
};

double uniform(Rng& rng) { return static_cast<double>(rng.next() >> 11U) * 0x1p-53; }

// Four weeks, a value about every 50 minutes; a day's rhythm, noise, a step, and values below zero.
std::vector<Point> series() {
  SeededRng rng{7};
  std::vector<Point> points;
  std::int64_t time = 1'396'310'400;
  for (int i = 0; i < 800; ++i) {
    time += 1'500 + static_cast<std::int64_t>(rng.next() % 3'000);
    const double hour = static_cast<double>(time % 86'400) / 3'600;
    const double value = 40 * std::sin(hour / 24 * 6.283) + 10 * uniform(rng) + (i > 500 ? 30 : 0);
    points.push_back({time, value});
  }
  return points;
}

TEST(SeriesFeatures, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kFeatures; ++i) names.insert(to_string(static_cast<Feature>(i)));
  EXPECT_EQ(names.size(), kFeatures);
  EXPECT_FALSE(names.contains(""));
}

TEST(SeriesFeatures, SeeNothingInAConstantButThatItIsOne) {
  SeriesFeatures features;
  for (int i = 0; i < 500; ++i) {
    const auto seen = features.observe(i * 300, 0.1);
    for (const double distance : seen.distances) EXPECT_EQ(distance, 0);
    EXPECT_EQ(seen.expected, 0.1);
    EXPECT_EQ(seen.sigma, 0);
  }
}

TEST(SeriesFeatures, TellAStepFromItsDirection) {
  const auto at = [](const SeriesFeatures::Observed& seen, Feature which) {
    return seen.distances.at(static_cast<std::size_t>(which));
  };
  SeriesFeatures features;
  for (int i = 0; i < 500; ++i) features.observe(i * 300, i % 2);
  SeriesFeatures down = features;
  const auto risen = features.observe(500 * 300, 100);
  EXPECT_NEAR(at(risen, Feature::above), 99.5, 0.1);
  EXPECT_EQ(at(risen, Feature::below), 0);
  EXPECT_GT(at(risen, Feature::step_up), 0);
  EXPECT_EQ(at(risen, Feature::log_below), 0);
  const auto fallen = down.observe(500 * 300, -100);
  EXPECT_NEAR(at(fallen, Feature::below), 100.5, 0.1);
  EXPECT_GT(at(fallen, Feature::step_down), 0);
  EXPECT_EQ(at(fallen, Feature::log_below), at(fallen, Feature::log_distance));
}

// Every level as the weighted mean that it is defined to be, from all values at once.
constexpr std::string_view kScript = R"py(
t, x = rows[0].astype(int), rows[1]
n = len(x)
age = np.arange(n)[:, None] - np.arange(n)[None, :]

def level(y, half_life):
    w = np.where(age >= 0, np.exp2(-np.maximum(age, 0) / half_life), 0)
    return w @ y / w.sum(axis=1)

def before(y, half_life):
    return np.concatenate([y[:1], level(y, half_life)[:-1]])

def season(key, otherwise):
    out = otherwise.copy()
    for i in range(n):
        same = x[:i][key[:i] == key[i]]
        if len(same):
            out[i] = np.average(same, weights=0.98 ** np.arange(len(same) - 1, -1, -1))
    return out

hours = t // 3600
off_day = x - season(hours % 24, x)
off_week = x - season(hours % 168, x)
log = np.sign(x) * np.log1p(np.abs(x))
off_log = log - before(log, 300)
expected = season(hours % 168, before(x, 300))
off = x - expected
sigma = np.concatenate([[0], np.sqrt(level(off ** 2, 300))[:-1]])
sd = np.array([x[max(0, i - 47):i + 1].std() for i in range(n)])
loudest = np.maximum.accumulate(sd)
quiet = np.divide(loudest, sd + 0.01 * loudest, out=np.zeros(n), where=loudest > 0)
up = lambda y: np.maximum(y, 0)
mean, step = level(x, 10) - level(x, 1000), level(x, 20) - level(x, 200)
columns = [np.abs(off_week), np.abs(level(off_day, 24)), np.abs(level(off_week, 24)),
           up(x - before(x, 1000)), up(before(x, 300) - x), np.abs(off_log), up(-off_log),
           up(mean), up(-mean), up(step), up(-step), quiet, expected, sigma]
for row in zip(*columns):
    tell(*row)
)py";

TEST(SeriesFeatures, AgreeWithNumpy) {
  const auto points = series();
  std::vector<std::vector<double>> rows(2);
  for (const auto& [time, value] : points) {
    rows[0].push_back(static_cast<double>(time));
    rows[1].push_back(value);
  }
  const auto reference = testing::ask_numpy(kScript, rows);
  if (!reference.missing.empty()) GTEST_SKIP() << reference.missing;
  ASSERT_EQ(reference.numbers.size(), points.size() * (kFeatures + 2));
  constexpr double kScale = 50;  // of the series: a difference next to zero has no precision
  auto theirs = reference.numbers.begin();
  SeriesFeatures features;
  for (const auto& [time, value] : points) {
    const auto seen = features.observe(time, value);
    std::vector<double> ours(seen.distances.begin(), seen.distances.end());
    ours.insert(ours.end(), {seen.expected, seen.sigma});
    for (std::size_t i = 0; i < ours.size(); ++i, ++theirs)
      ASSERT_NEAR(ours[i], *theirs, 1e-9 * std::max(std::abs(*theirs), kScale))
          << i << " at " << time;
  }
}

}  // namespace
}  // namespace webmon
