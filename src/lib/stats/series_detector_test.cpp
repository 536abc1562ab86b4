#include "lib/stats/series_detector.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "lib/core/rng.hpp"

namespace webmon {
namespace {

constexpr std::int64_t kStep = 300;  // seconds between values
constexpr double kInf = std::numeric_limits<double>::infinity();

double uniform(Rng& rng) { return static_cast<double>(rng.next() >> 11U) * 0x1p-53; }

/// A day's rhythm with noise: 288 values a day.
std::vector<double> rhythm(int count, std::uint64_t seed = 1) {
  SeededRng rng{seed};
  std::vector<double> values;
  for (int i = 0; i < count; ++i)
    values.push_back(100 + 20 * std::sin(i / 288.0 * 6.283) + 4 * uniform(rng));
  return values;
}

std::vector<SeriesVerdict> replay(const std::vector<double>& values, SeriesDetector detector = {}) {
  std::vector<SeriesVerdict> verdicts;
  std::int64_t time = 0;
  for (const double value : values) verdicts.push_back(detector.add(time += kStep, value).value());
  return verdicts;
}

int alerts(const std::vector<SeriesVerdict>& verdicts, std::size_t from = 0) {
  int count = 0;
  for (std::size_t i = from; i < verdicts.size(); ++i)
    count += verdicts[i].score >= SeriesDetector::kAlert ? 1 : 0;
  return count;
}

TEST(SeriesDetector, SaysNothingDuringWarmUpAndOverAConstant) {
  auto values = std::vector<double>(1'000, 42.5);
  EXPECT_EQ(alerts(replay(values)), 0);
  values.resize(SeriesDetector::kWarmup);
  values[50] = 1e6;
  EXPECT_EQ(alerts(replay(values)), 0);
}

TEST(SeriesDetector, IsQuietOverARhythmItHasLearned) {
  const auto verdicts = replay(rhythm(20 * 288));
  EXPECT_LE(alerts(verdicts, 3 * 288), 3) << "in 17 days";
}

TEST(SeriesDetector, SeesASpikeAStepAndASilenceAtOnce) {
  constexpr std::size_t kAt = 10 * 288;
  const auto with = [](auto change) {
    auto values = rhythm(kAt + 300);
    for (std::size_t i = kAt; i < values.size(); ++i) change(values, i);
    return replay(values);
  };
  const auto spike = with([](auto& v, std::size_t i) { v[i] += i == kAt ? 80 : 0; });
  EXPECT_GE(spike[kAt].score, SeriesDetector::kAlert);
  const auto step = with([](auto& v, std::size_t i) { v[i] += 60; });
  EXPECT_GE(step[kAt].score, SeriesDetector::kAlert);
  const auto fall = with([](auto& v, std::size_t i) { v[i] = 0; });
  EXPECT_GE(fall[kAt].score, SeriesDetector::kAlert);
}

TEST(SeriesDetector, SeesADayWithoutItsPeakThoughEveryValueIsAnOrdinaryOne) {
  auto values = rhythm(11 * 288);
  constexpr std::size_t kDay = 10 * 288;
  for (std::size_t i = kDay; i < values.size(); ++i) values[i] = 80 + (values[i] - 80) * 0.05;
  EXPECT_GE(alerts(replay(values), kDay), 1);
}

TEST(SeriesDetector, TellsTheSameNewsOnce) {
  auto values = rhythm(10 * 288 + 100);
  for (std::size_t i = 10 * 288; i < values.size(); i += 2) values[i] = 300;
  const auto verdicts = replay(values);
  EXPECT_EQ(alerts({verdicts.begin() + 10 * 288, verdicts.begin() + 10 * 288 + 1}), 1);
  EXPECT_LE(alerts(verdicts, 10 * 288), 4) << "of 50 spikes";
}

TEST(SeriesDetector, RefusesWhatIsNotFiniteAndStaysAsItWas) {
  SeriesDetector detector;
  for (const double value : rhythm(200)) static_cast<void>(detector.add(kStep, value));
  const auto before = detector.encode();
  for (const double value : {std::numeric_limits<double>::quiet_NaN(), kInf, -kInf, 1e101})
    EXPECT_FALSE(detector.add(kStep, value).has_value()) << value;
  EXPECT_TRUE(detector.encode() == before);
}

TEST(SeriesDetector, StaysFiniteOverTheLargestAndSmallestValues) {
  SeriesDetector detector;
  for (int i = 0; i < 2'000; ++i) {
    const double size = i % 3 == 0 ? SeriesDetector::kLargest : i % 3 == 1 ? 1e-300 : -1e99;
    const auto verdict = detector.add(i * kStep, size).value();
    ASSERT_TRUE(std::isfinite(verdict.surprise) && std::isfinite(verdict.expected) &&
                std::isfinite(verdict.sigma));
  }
  EXPECT_TRUE(SeriesDetector::decode(detector.encode()));
}

TEST(SeriesDetector, DoesNotDependOnWhichWeekItIs) {
  SeriesDetector early;
  SeriesDetector late;
  constexpr std::int64_t kWeeks = 2'000 * 7 * 86'400LL;
  std::int64_t time = 0;
  for (const double value : rhythm(2'000)) {
    time += kStep;
    ASSERT_EQ(early.add(time, value).value().surprise,
              late.add(time + kWeeks, value).value().surprise);
  }
}

TEST(SeriesDetector, GoesOnFromItsStateAsIfItHadNeverStopped) {
  const auto values = rhythm(400);
  for (const std::size_t cut : {0U, 1U, 30U, 100U, 350U}) {
    SeriesDetector whole;
    SeriesDetector resumed;
    std::int64_t time = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i == cut) resumed = SeriesDetector::decode(resumed.encode()).value();
      time += kStep;
      ASSERT_EQ(whole.add(time, values[i]).value().score,
                resumed.add(time, values[i]).value().score);
    }
    EXPECT_TRUE(whole.encode() == resumed.encode());
  }
}

TEST(SeriesDetector, HasAStateOfBoundedSizeThatEmptyOnesBegin) {
  SeriesDetector detector;
  for (const double value : rhythm(3'000)) static_cast<void>(detector.add(kStep, value));
  EXPECT_EQ(detector.encode().size(), SeriesDetector::kMaxStateBytes);
  EXPECT_TRUE(SeriesDetector::decode("").value().encode() == SeriesDetector{}.encode());
}

TEST(SeriesDetector, RefusesStatesThatItCannotHaveWritten) {
  SeriesDetector detector;
  for (const double value : rhythm(300)) static_cast<void>(detector.add(kStep, value));
  const auto state = detector.encode();
  const auto refusal = [](std::string_view bytes) {
    const auto read = SeriesDetector::decode(bytes);
    return read ? Errc::internal : read.error().code;
  };
  for (std::size_t size = 1; size < state.size(); size += 11)
    ASSERT_EQ(refusal(state.substr(0, size)), Errc::bad_frame) << size;
  EXPECT_EQ(refusal(state + "x"), Errc::bad_frame);
  const auto with = [&](std::size_t at, char byte) {
    auto changed = state;
    changed.at(at) = byte;
    return refusal(changed);
  };
  EXPECT_EQ(with(0, 2), Errc::schema);
  EXPECT_EQ(with(0, 0), Errc::bad_frame);
  EXPECT_EQ(with(1, 101), Errc::bad_frame) << "more than the warm-up";
  EXPECT_EQ(with(9, '\xff'), Errc::bad_frame) << "a negative weight";
  EXPECT_EQ(with(2 + 9 * 24 + 192 * 10, 49), Errc::bad_frame) << "more values than the window has";
}

TEST(SeriesDetector, GivesFiniteVerdictsFromWhateverStateItAccepts) {
  SeriesDetector detector;
  for (const double value : rhythm(300)) static_cast<void>(detector.add(kStep, value));
  const auto state = detector.encode();
  SeededRng rng{4};
  int accepted = 0;
  for (int round = 0; round < 200; ++round) {
    auto changed = state;
    for (int i = 0; i < 3; ++i)
      changed[rng.next() % changed.size()] = static_cast<char>(rng.next() % 256);
    auto read = SeriesDetector::decode(changed);
    if (!read) continue;
    ++accepted;
    for (const double value : {100.0, -SeriesDetector::kLargest, 0.0, SeriesDetector::kLargest}) {
      const auto verdict = read->add(kStep, value).value();
      ASSERT_TRUE(std::isfinite(verdict.surprise) && std::isfinite(verdict.expected) &&
                  std::isfinite(verdict.sigma));
    }
    ASSERT_TRUE(SeriesDetector::decode(read->encode()));
  }
  EXPECT_GT(accepted, 20);
}

}  // namespace
}  // namespace webmon
