#include "lib/stats/seasonal_profile.hpp"

#include <gtest/gtest.h>

namespace webmon {
namespace {

constexpr std::int64_t kHour = 3'600;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kTuesday = 1'396'310'400;  // 2014-04-01 00:00:00 UTC

TEST(SeasonalProfile, KnowsNothingOfAnHourThatItHasNotSeen) {
  SeasonalProfile season;
  EXPECT_EQ(season.of_day(kTuesday, 7), 7);
  season.add(kTuesday, 3);
  EXPECT_EQ(season.of_day(kTuesday + kHour, 7), 7);
  EXPECT_EQ(season.of_week(kTuesday + kDay, 7), 7) << "another weekday";
  EXPECT_EQ(season.of_day(kTuesday + kDay, 7), 3) << "the same hour";
}

TEST(SeasonalProfile, TakesTheSameHourForOneUntilItsLastSecond) {
  SeasonalProfile season;
  season.add(kTuesday, 3);
  EXPECT_EQ(season.of_week(kTuesday + kHour - 1, 7), 3);
  EXPECT_EQ(season.of_week(kTuesday + kHour, 7), 7);
  EXPECT_EQ(season.of_week(kTuesday + 7 * kDay, 7), 3);
}

TEST(SeasonalProfile, LearnsAMeanThatForgets) {
  SeasonalProfile season;
  season.add(kTuesday, 1);
  season.add(kTuesday, 2);
  EXPECT_NEAR(season.of_week(kTuesday, 0), (0.98 * 1 + 2) / 1.98, 1e-7);
  for (int i = 0; i < 2'000; ++i) season.add(kTuesday, 5);
  EXPECT_NEAR(season.of_week(kTuesday, 0), 5, 1e-9);
}

TEST(SeasonalProfile, HasHoursBeforeTheEpochToo) {
  SeasonalProfile season;
  season.add(-1, 4);
  EXPECT_EQ(season.of_day(kDay - 1, 7), 4);
  EXPECT_EQ(season.of_week(7 * kDay - 1, 7), 4);
  EXPECT_EQ(season.of_week(0, 7), 7);
}

}  // namespace
}  // namespace webmon
