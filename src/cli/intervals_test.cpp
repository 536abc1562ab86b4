#include "cli/intervals.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

TEST(Intervals, AreANumberAndAUnit) {
  struct Case {
    const char* text;
    seconds want;
  };
  const Case cases[] = {{"5s", seconds{5}},       {"30", seconds{30}},
                        {"5m", seconds{300}},     {"12h", seconds{43'200}},
                        {"7d", seconds{604'800}}, {"604800", seconds{604'800}},
                        {"90s", seconds{90}}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto interval = parse_interval("--interval", c.text);
    ASSERT_TRUE(interval) << interval.error().detail;
    EXPECT_EQ(*interval, c.want);
  }
}

TEST(Intervals, AnythingElseIsRefusedByName) {
  for (const auto* bad : {"", "s", "4s", "0", "-5m", "8d", "5 m", "5min", "5M", "1.5h", "never",
                          "5500ms", "99999999999999999999", "9223372036854775807d"}) {
    SCOPED_TRACE(bad);
    const auto interval = parse_interval("--tag-interval", bad);
    ASSERT_FALSE(interval);
    EXPECT_EQ(interval.error().code, Errc::bad_config);
    EXPECT_NE(interval.error().detail.find("--tag-interval"), std::string::npos);
  }
}

}  // namespace
}  // namespace webmon::cli
