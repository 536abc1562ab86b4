#include "pipeline/scheduler/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace webmon::scheduler {
namespace {

constexpr milliseconds kFive{300'000};
const StoreTime kStart = store_time_ms(1'800'000'000'000);

AssetId id_of(std::uint64_t seed) {
  SeededRng rng{seed};
  return make_id<AssetId>(kStart, rng, 7);  // of one import, one host: alike in many bits
}

store::PlanFields fields(std::optional<milliseconds> own, std::vector<std::string> tags) {
  store::PlanFields f;
  f.host = "a.example";
  f.interval = own;
  f.tags = std::move(tags);
  return f;
}

TEST(Interval, IsItsOwnElseTheShortestOfItsTagsElseThatOfAll) {
  Intervals intervals;
  intervals.of_tag = {{"slow", milliseconds{3'600'000}}, {"fast", milliseconds{10'000}}};
  EXPECT_EQ(interval_of(fields({}, {}), intervals), kFive);
  EXPECT_EQ(interval_of(fields({}, {"eu"}), intervals), kFive);
  EXPECT_EQ(interval_of(fields({}, {"slow"}), intervals), milliseconds{3'600'000});
  EXPECT_EQ(interval_of(fields({}, {"fast", "slow"}), intervals), milliseconds{10'000});
  EXPECT_EQ(interval_of(fields(milliseconds{60'000}, {"fast"}), intervals), milliseconds{60'000});
  intervals.all.reset();
  EXPECT_EQ(interval_of(fields({}, {"eu"}), intervals), std::nullopt);
  EXPECT_EQ(interval_of(fields({}, {"fast"}), intervals), milliseconds{10'000});
  auto off = fields(milliseconds{60'000}, {"fast"});
  off.is_enabled = false;
  EXPECT_EQ(interval_of(off, intervals), std::nullopt);
}

TEST(Plan, TenThousandAssetsSpreadEvenlyOverTheirInterval) {
  for (const milliseconds interval : {milliseconds{5'000}, kFive, milliseconds{604'800'000}}) {
    constexpr std::size_t kBins = 100;
    constexpr double kAssets = 10'000;
    std::vector<double> bins(kBins);
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      const auto phase = phase_of(id_of(i), interval);
      ASSERT_GE(phase.count(), 0);
      ASSERT_LT(phase, interval);
      ++bins[static_cast<std::size_t>(phase.count()) * kBins /
             static_cast<std::size_t>(interval.count())];
    }
    double chi_square = 0;
    for (const auto seen : bins)
      chi_square += (seen - kAssets / kBins) * (seen - kAssets / kBins) / (kAssets / kBins);
    EXPECT_LT(chi_square, 148.2) << "99 degrees of freedom, p = 0.001, interval "
                                 << interval.count();
  }
}

TEST(Plan, ThePhaseOfAnAssetIsTheSameForEver) {
  const auto id = parse_id<AssetId>("0193581f-9c00-7abc-8def-0123456789ab").value();
  EXPECT_EQ(phase_of(id, kFive), phase_of(id, kFive));
  EXPECT_EQ(phase_of(id, kFive).count(), 20'932) << "a change moves the checks of every user";
}

TEST(Plan, PunctualChecksServeEverySlotOnceWhateverTheJitterAndTheLag) {
  for (const milliseconds interval : {milliseconds{5'000}, milliseconds{61'000}, kFive}) {
    SeededRng rng{42};
    for (std::uint64_t asset = 0; asset < 20; ++asset) {
      const auto id = id_of(asset);
      const auto phase = phase_of(id, interval);
      auto now = kStart;
      std::int64_t slot = -1;
      for (int i = 0; i < 2'000; ++i) {
        const auto next = next_check(id, interval, now, rng.next());
        ASSERT_GE(next - now, interval / 2);
        ASSERT_LE(next, latest_check(interval, now));
        const auto this_slot = (to_ms(next) - phase.count()) / interval.count();
        const auto offset = to_ms(next) - phase.count() - this_slot * interval.count();
        ASSERT_LT(offset, std::max<std::int64_t>(most_jitter(interval).count(), 1));
        if (slot >= 0) {
          ASSERT_EQ(this_slot, slot + 1);
        }
        slot = this_slot;
        now = next + milliseconds{rng.next() % 500};  // a pass comes up to two ticks late
      }
    }
  }
}

TEST(Plan, WhatWasMissedIsSkippedNeverCaughtUp) {
  const auto id = id_of(1);
  SeededRng rng{3};
  const auto planned = next_check(id, kFive, kStart, rng.next());
  const auto after_outage = planned + 100 * kFive + milliseconds{777};
  const auto next = next_check(id, kFive, after_outage, rng.next());
  EXPECT_GT(next, after_outage);
  EXPECT_GE(next - after_outage, kFive / 2) << "one check at once, the next on the grid";
}

TEST(Plan, AClockThatStepsNeverDoublesACheckNorStopsThem) {
  SeededRng rng{9};
  const auto id = id_of(5);
  auto clock = kStart;
  auto planned = next_check(id, kFive, clock, rng.next());
  auto lived = milliseconds{0};  // by a clock that nobody steps
  auto last = lived;
  int checks = 0;
  for (int i = 0; i < 200'000; ++i) {
    clock += milliseconds{250};
    lived += milliseconds{250};
    if (i % 7'001 == 7'000)
      clock += milliseconds{static_cast<std::int64_t>(rng.next() % 1'200'000) - 600'000};
    if (i % 1'200 == 0)  // the repair walk
      planned = repaired(id, kFive, planned, clock, rng.next()).value();
    if (planned > clock) continue;
    ++checks;
    // A step forward may bring one check early; that it comes twice at once, it may not.
    EXPECT_GE(lived - last, milliseconds{250});
    const auto next = next_check(id, kFive, clock, rng.next());
    ASSERT_GT(next, planned) << "monotone";
    ASSERT_GE(next - clock, kFive / 2);
    planned = next;
    EXPECT_LE(lived - last, 3 * kFive + milliseconds{300'000}) << "they go on after a step back";
    last = lived;
  }
  const auto expected = lived / kFive;
  EXPECT_NEAR(checks, static_cast<double>(expected), 0.35 * static_cast<double>(expected));
}

TEST(Repair, LeavesWhatIsRightAndBringsNearWhatIsTooFar) {
  const auto id = id_of(2);
  const auto soon = kStart + milliseconds{1'000};
  EXPECT_EQ(repaired(id, kFive, soon, kStart, 1), soon);
  EXPECT_EQ(repaired(id, kFive, kStart - kFive * 9, kStart, 1), kStart - kFive * 9)
      << "overdue: the next pass sees to it";
  EXPECT_EQ(repaired(id, std::nullopt, soon, kStart, 1), std::nullopt);
  for (const auto planned : {std::optional<StoreTime>{}, std::optional{kStart + seconds{86'400}}}) {
    const auto at = repaired(id, kFive, planned, kStart, 12'345);
    ASSERT_TRUE(at);
    EXPECT_GT(*at, kStart);
    EXPECT_LE(*at, kStart + kFive + most_jitter(kFive));
    EXPECT_EQ(repaired(id, kFive, at, kStart, 99), at) << "once is enough";
  }
}

TEST(Repair, NeverTouchesWhatNextCheckHasPlanned) {
  SeededRng rng{4};
  for (int i = 0; i < 10'000; ++i) {
    const auto id = id_of(rng.next());
    const auto interval = milliseconds{5'000 + static_cast<std::int64_t>(rng.next() % 600'000)};
    const auto planned = next_check(id, interval, kStart, rng.next());
    ASSERT_EQ(repaired(id, interval, planned, kStart, rng.next()), planned);
  }
}

TEST(Intervals, OfAGroupStandsInThePlaceOfItsTags) {
  Intervals configured;
  configured.of_tag["eu"] = milliseconds{60'000};
  configured.of_tag["shop"] = milliseconds{30'000};
  Groups groups;
  groups["eu"].options.interval = seconds{300};
  groups["new"].options.interval = seconds{10};
  groups["silent"];
  const auto merged = with_groups(configured, groups);
  EXPECT_EQ(merged.of_tag.at("eu"), milliseconds{300'000});
  EXPECT_EQ(merged.of_tag.at("shop"), milliseconds{30'000});
  EXPECT_EQ(merged.of_tag.at("new"), milliseconds{10'000});
  EXPECT_EQ(merged.of_tag.size(), 3U);
}

}  // namespace
}  // namespace webmon::scheduler
