#include "lib/core/clock.hpp"

#include <gtest/gtest.h>

#include "tests/support/manual_clock.hpp"

namespace webmon {
namespace {

TEST(Rfc3339, PrintsUtcWithMilliseconds) {
  EXPECT_EQ(to_rfc3339(store_time_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(store_time_ms(1'795'398'360'123)), "2026-11-23T01:46:00.123Z");
  EXPECT_EQ(to_rfc3339(store_time_ms(951'782'400'000)), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(store_time_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsWhatItPrints) {
  for (const std::int64_t ms : {0LL, 1LL, 999LL, 1'795'398'360'123LL, 951'782'400'000LL, -1LL}) {
    const auto text = to_rfc3339(store_time_ms(ms));
    SCOPED_TRACE(text);
    const auto back = parse_rfc3339(text);
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(to_ms(*back), ms);
  }
}

TEST(Rfc3339, ReadsTimesWithoutOrWithLongFractions) {
  EXPECT_EQ(to_ms(parse_rfc3339("1970-01-01T00:00:01Z").value()), 1000);
  EXPECT_EQ(to_ms(parse_rfc3339("1970-01-01T00:00:01.5Z").value()), 1500);
  EXPECT_EQ(to_ms(parse_rfc3339("1970-01-01T00:00:01.123456789Z").value()), 1123);
}

TEST(Rfc3339, RefusesEverythingElse) {
  for (const auto* text :
       {"", "x", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00:00+01:00",
        "1970-13-01T00:00:00Z", "1970-02-30T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z", "1970-01-01T00:00:61Z", "1970-01-01T00:00:00ZZ",
        "1970-01-01T00:00:00.Z", "1970-01-01 00:00:00Z", " 1970-01-01T00:00:00Z",
        "-970-01-01T00:00:00Z", "1970-+1-01T00:00:00Z", "1970-01-01T-1:00:00Z", "70-1-1T0:0:0Z"}) {
    SCOPED_TRACE(text);
    const auto time = parse_rfc3339(text);
    ASSERT_FALSE(time);
    EXPECT_EQ(time.error().code, Errc::bad_input);
  }
}

TEST(SystemClock, NeverRunsBackwards) {
  auto& clock = system_clock();
  const auto first = clock.mono();
  EXPECT_LE(first, clock.mono());
  EXPECT_GT(to_ms(clock.wall()), 1'700'000'000'000);
}

TEST(ManualClock, MovesBothFacesTogether) {
  testing::ManualClock clock;
  const auto mono = clock.mono();
  const auto wall = clock.wall();
  clock.advance(seconds{90});
  EXPECT_EQ(clock.mono() - mono, seconds{90});
  EXPECT_EQ(clock.wall() - wall, seconds{90});
}

TEST(ManualClock, DoesNotLoseTimeToRounding) {
  testing::ManualClock clock;
  const auto wall = clock.wall();
  for (int i = 0; i < 1000; ++i) clock.advance(microseconds{500});
  EXPECT_EQ(clock.wall() - wall, milliseconds{500});
}

}  // namespace
}  // namespace webmon
