#include "lib/stats/quantile_sketch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <utility>

#include "lib/core/rng.hpp"
#include "tests/support/numpy.hpp"

namespace webmon {
namespace {

using Values = std::vector<double>;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kShares[] = {0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};
const double kGamma = (1 + QuantileSketch::kAccuracy) / (1 - QuantileSketch::kAccuracy);

double uniform(Rng& rng) { return static_cast<double>(rng.next() >> 11U) * 0x1p-53; }

double normal(Rng& rng) {  // Box and Muller 1958
  return std::sqrt(-2 * std::log(1 - uniform(rng))) * std::cos(6.283185307179586 * uniform(rng));
}

/// Timings as they are: log-normal, in ms of whole microseconds.
Values timings(Rng& rng, int n, double median = 120, double sigma = 0.5) {
  Values values;
  for (int i = 0; i < n; ++i)
    values.push_back(std::round(median * std::exp(sigma * normal(rng)) * 1e3) / 1e3);
  return values;
}

/// From next to nothing to more than kMost: more buckets than are kept.
Values of_all_sizes(Rng& rng, int n) {
  Values values;
  for (int i = 0; i < n; ++i) values.push_back(std::pow(10, 14 * uniform(rng) - 4));
  return values;
}

QuantileSketch of(std::span<const double> values) {
  QuantileSketch sketch;
  for (const double value : values) EXPECT_TRUE(sketch.add(value)) << value;
  return sketch;
}

std::string packed(const QuantileSketch& sketch) {
  std::string bytes;
  sketch.put_into(bytes);
  return bytes;
}

std::optional<QuantileSketch> unpacked(std::string_view bytes) {
  auto sketch = QuantileSketch::take_from(bytes);
  return bytes.empty() ? sketch : std::nullopt;
}

TEST(QuantileSketch, OfNothingIsZero) {
  const QuantileSketch empty;
  EXPECT_EQ(empty.count(), 0U);
  for (const double p : kShares) EXPECT_EQ(empty.quantile(p), 0);
  EXPECT_EQ(unpacked(packed(empty)), empty);
}

TEST(QuantileSketch, RefusesWhatIsNoDuration) {
  QuantileSketch sketch = of(Values{1, 2, 3});
  const QuantileSketch before = sketch;
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), kInf, -kInf, -1.0, -1e-300}) {
    EXPECT_FALSE(sketch.add(bad)) << bad;
    EXPECT_EQ(sketch, before);
  }
}

TEST(QuantileSketch, OfAConstantIsThatConstantWithinItsAccuracy) {
  for (const double value : {0.0011, 0.1, 1.0, 120.0, 7e8, 1e9}) {
    SCOPED_TRACE(value);
    const auto sketch = of(Values(1'000, value));
    for (const double p : kShares)
      EXPECT_NEAR(sketch.quantile(p), value, value * QuantileSketch::kAccuracy * (1 + 1e-9));
    EXPECT_LE(packed(sketch).size(), 5U);
  }
}

TEST(QuantileSketch, TellsZeroOfNextToNothingAndBearsWhatIsTooLong) {
  EXPECT_EQ(of(Values{0, -0.0, 1e-300, 1e-3}).quantile(1), 0);
  EXPECT_EQ(of(Values{1e300, std::numeric_limits<double>::max()}), of(Values{1e9, 1e9}));
}

TEST(QuantileSketch, RisesWithTheShareWhichIsClamped) {
  SeededRng rng{1};
  const auto sketch = of(timings(rng, 500));
  double before = sketch.quantile(-1);
  EXPECT_EQ(before, sketch.quantile(0));
  for (int i = 0; i <= 1'000; ++i) {
    const double now = sketch.quantile(i / 1'000.0);
    EXPECT_GE(now, before);
    before = now;
  }
  EXPECT_EQ(before, sketch.quantile(2));
}

TEST(QuantileSketch, MergedIsTheWholeEvenBeyondItsBuckets) {
  SeededRng rng{2};
  for (int round = 0; round < 100; ++round) {
    SCOPED_TRACE(round);
    const auto values = round % 2 == 0 ? timings(rng, 300) : of_all_sizes(rng, 300);
    const std::span<const double> all = values;
    const auto first = rng.next() % 150, second = 150 + rng.next() % 150;
    const auto a = of(all.first(first)), b = of(all.subspan(first, second - first)),
               c = of(all.subspan(second));
    auto forward = a;
    forward.merge(b);
    forward.merge(c);
    auto backward = c;
    backward.merge(b);
    backward.merge(a);
    EXPECT_EQ(forward, of(all));
    EXPECT_EQ(backward, of(all));
    EXPECT_EQ(forward.count(), 300U);
  }
}

TEST(QuantileSketch, MergedWithNothingIsItself) {
  SeededRng rng{3};
  const auto sketch = of(timings(rng, 50));
  auto left = sketch;
  left.merge({});
  QuantileSketch right;
  right.merge(sketch);
  EXPECT_EQ(left, sketch);
  EXPECT_EQ(right, sketch);
}

TEST(QuantileSketch, DoesNotDependOnOrder) {
  SeededRng rng{4};
  for (auto values : {timings(rng, 2'000), of_all_sizes(rng, 2'000)}) {
    const auto forward = of(values);
    std::ranges::reverse(values);
    EXPECT_EQ(of(values), forward);
    std::ranges::sort(values);
    EXPECT_EQ(of(values), forward);
  }
}

TEST(QuantileSketch, FollowsScaleByStepsOfItsBuckets) {
  SeededRng rng{5};
  auto values = timings(rng, 500);
  const auto plain = of(values);
  for (const int steps : {-50, -1, 1, 7, 100}) {
    SCOPED_TRACE(steps);
    const double factor = std::pow(kGamma, steps);
    auto scaled = values;
    for (double& value : scaled) value *= factor;
    const auto sketch = of(scaled);
    for (const double p : kShares)
      EXPECT_NEAR(sketch.quantile(p) / (plain.quantile(p) * factor), 1, 1e-12);
  }
}

TEST(QuantileSketch, CountsSaturate) {
  auto sketch = of(Values{5});
  for (int i = 0; i < 40; ++i) sketch.merge(sketch);
  EXPECT_EQ(sketch.count(), std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(unpacked(packed(sketch)), sketch);
  EXPECT_LE(packed(sketch).size(), QuantileSketch::kMaxBytes);
}

TEST(QuantileSketch, IsBoundedWhateverIsAdded) {
  SeededRng rng{6};
  auto sketch = of(of_all_sizes(rng, 20'000));
  for (int i = 0; i < 40; ++i) sketch.merge(sketch);
  const auto bytes = packed(sketch);
  EXPECT_LE(bytes.size(), QuantileSketch::kMaxBytes);
  EXPECT_EQ(static_cast<std::uint8_t>(bytes[0]), QuantileSketch::kMaxBuckets);
  EXPECT_EQ(unpacked(bytes), sketch);
}

TEST(QuantileSketch, KeepsTheUpperQuantilesWhenTheLowestBucketsBecomeOne) {
  SeededRng rng{7};
  auto values = of_all_sizes(rng, 5'000);
  std::erase_if(values, [](double value) { return value > QuantileSketch::kMost; });
  const auto sketch = of(values);
  std::ranges::sort(values);
  for (const double p : {0.9, 0.95, 0.99, 1.0}) {
    const auto rank = std::ceil(p * static_cast<double>(values.size()));
    const double exact = values[static_cast<std::size_t>(rank) - 1];
    EXPECT_NEAR(sketch.quantile(p) / exact, 1, QuantileSketch::kAccuracy * (1 + 1e-9)) << p;
  }
}

// What the asset's model pays for each of its timings (docs/redis.md).
TEST(QuantileSketch, TakesAFewDozenBytesForTypicalTimings) {
  SeededRng rng{8};
  for (const auto& [n, most] : {std::pair{100, 55U}, {1'000, 70U}, {10'000, 115U}}) {
    const auto bytes = packed(of(timings(rng, n))).size();
    std::printf("%d timings: %zu bytes\n", n, bytes);
    EXPECT_LE(bytes, most) << n;
  }
}

// The layout is in Redis and read by the next version: it must not move.
TEST(QuantileSketch, BytesAreInTheDocumentedOrder) {
  EXPECT_EQ(packed(of(Values{0})), std::string("\x01\x02", 2));
  auto sketch = of(Values(64, 0));   // bucket 0
  ASSERT_TRUE(sketch.add(0.00106));  // bucket 1: up to 0.00106186
  ASSERT_TRUE(sketch.add(0.001));
  ASSERT_TRUE(sketch.add(1'000));  // bucket 231: ln(1e6) / ln(1.03 / 0.97) = 230.2
  EXPECT_EQ(packed(sketch), std::string("\x03\x82\x01\x02\x03\xE4\x01", 7));
}

TEST(QuantileSketch, RefusesHostileBytes) {
  struct Case {
    const char* name;
    std::string bytes;
  };
  const Case cases[] = {{"nothing", ""},
                        {"more buckets than are kept", "\x61" + std::string(97, '\x02')},
                        {"count 0", {"\x01\x00", 2}},
                        {"count 0 after a gap", {"\x01\x01\x00", 3}},
                        {"count beyond 2^32 - 1", "\x01\x80\x80\x80\x80\x20"},
                        {"count beyond 64 bits", "\x01" + std::string(9, '\xFF') + "\x02"},
                        {"count without end", "\x01" + std::string(20, '\xFF')},
                        {"a count longer than it must be", {"\x01\x82\x00", 3}},
                        {"an index above that of kMost", "\x01\x03\xCD\x03"},
                        {"a gap beyond 64 bits", "\x01\x03" + std::string(9, '\xFF') + "\x01"}};
  for (const auto& c : cases) EXPECT_FALSE(unpacked(c.bytes)) << c.name;
  EXPECT_TRUE(unpacked("\x01\x03\xCC\x03")) << "that of kMost";
  EXPECT_TRUE(unpacked("\x60" + std::string(96, '\x02')));
}

TEST(QuantileSketch, RefusesEveryTruncation) {
  SeededRng rng{9};
  const auto bytes = packed(of(timings(rng, 3'000)));
  ASSERT_TRUE(unpacked(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(unpacked(std::string_view{bytes}.substr(0, size))) << size;
}

TEST(QuantileSketch, OfChangedBytesIsRefusedOrWhatTheySay) {
  SeededRng rng{10};
  const auto good = packed(of(timings(rng, 300)));
  for (int round = 0; round < 5'000; ++round) {
    auto bytes = good;
    for (int k = 0; k < 3; ++k) bytes[rng.next() % bytes.size()] = static_cast<char>(rng.next());
    auto sketch = unpacked(bytes);
    if (!sketch) continue;
    EXPECT_EQ(packed(*sketch), bytes);
    EXPECT_TRUE(sketch->add(120));
    for (const double p : kShares) EXPECT_LE(sketch->quantile(p), 1.1 * QuantileSketch::kMost);
  }
}

constexpr std::string_view kScript = R"py(
for x in rows:
    tell(*np.quantile(x, [0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1], method="inverted_cdf"))
)py";

std::vector<Values> samples_for_numpy() {
  SeededRng rng{11};
  std::vector<Values> rows{{7}, {1, 2}, {0, 0, 0, 120}};
  const auto add = [&](int n, auto draw) {
    Values values;
    for (int i = 0; i < n; ++i) values.push_back(draw());
    rows.push_back(std::move(values));
  };
  for (const int n : {2, 3, 32, 1'000, 5'000}) {
    rows.push_back(timings(rng, n));
    rows.push_back(timings(rng, n, 0.4, 0.2));
    add(n, [&] { return 30'000 * uniform(rng); });
    add(n, [&] { return -50 * std::log(1 - uniform(rng)); });
    add(n, [&] { return 20 / std::sqrt(1 - uniform(rng)); });  // Pareto, as heavy as answers get
    add(n, [&] { return (rng.next() % 4 == 0 ? 900 : 5) + uniform(rng); });
    add(n, [&] { return static_cast<double>(rng.next() % 7); });
  }
  return rows;
}

TEST(QuantileSketch, IsWithinItsAccuracyOfNumpy) {
  const auto rows = samples_for_numpy();
  const auto reference = testing::ask_numpy(kScript, rows);
  if (!reference.missing.empty()) GTEST_SKIP() << reference.missing;
  ASSERT_EQ(reference.numbers.size(), rows.size() * std::size(kShares));
  auto theirs = reference.numbers.begin();
  for (const auto& row : rows) {
    const auto sketch = of(row);
    for (const double p : kShares) {
      const double ours = sketch.quantile(p);
      const double bound =
          std::max(*theirs * QuantileSketch::kAccuracy * (1 + 1e-9), QuantileSketch::kLeast);
      EXPECT_GE(ours, *theirs - bound) << p << " of " << row.size();
      // The lowest of values as far apart as some here have no bucket of their own.
      if (p >= 0.05) {
        EXPECT_LE(ours, *theirs + bound) << p << " of " << row.size();
      }
      ++theirs;
    }
  }
}

}  // namespace
}  // namespace webmon
