#include "cli/progress.hpp"

#include <gtest/gtest.h>

#include "cli/text.hpp"

namespace webmon::cli {
namespace {

MonoTime at(double s) {
  return MonoTime{std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(s))};
}

TEST(Progress, SaysHowMuchHowFastAndHowLongStill) {
  EXPECT_EQ(progress_line(35, 70, 12, "checked", 100),
            "[###############...............]  50 % 35/70 checked  12/s  3 s left");
  EXPECT_EQ(progress_line(70, 70, 12, "checked", 100),
            "[##############################] 100 % 70/70 checked  12/s");
  EXPECT_EQ(progress_line(0, 70, 0, "checked", 100),
            "[..............................]   0 % 0/70 checked");
  EXPECT_EQ(progress_line(35, 0, 1.25, "checked", 100), "35 checked  1.2/s");
}

TEST(Progress, FitsItsTerminal) {
  for (std::size_t width = 1; width < 100; ++width)
    EXPECT_LE(columns(progress_line(99'999, 1'000'000, 0.5, "checked", width)), width);
}

TEST(Progress, CountsTheTimeLeftInUnitsThatPeopleUse) {
  EXPECT_EQ(time_left(seconds{4}), "4 s");
  EXPECT_EQ(time_left(seconds{125}), "2 min 05 s");
  EXPECT_EQ(time_left(seconds{11'400}), "3 h 10 min");
}

TEST(Pace, IsKnownAfterTheSecondSampleAndFollowsChanges) {
  Pace pace;
  pace.sample(100, at(0));
  EXPECT_EQ(pace.per_second(), 0);
  pace.sample(150, at(0.1));  // too soon to say
  EXPECT_EQ(pace.per_second(), 0);
  pace.sample(200, at(1));
  EXPECT_NEAR(pace.per_second(), 100, 1e-9);
  for (int s = 2; s < 40; ++s) pace.sample(200, at(s));
  EXPECT_LT(pace.per_second(), 0.1);
}

}  // namespace
}  // namespace webmon::cli
