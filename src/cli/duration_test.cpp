#include "cli/duration.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

TEST(Duration, IsANumberAndAUnit) {
  struct Case {
    const char* text;
    std::int64_t ms;
    const char* shown;
  };
  const Case cases[] = {{"250ms", 250, "250ms"},     {"0", 0, "0s"},
                        {"30", 30'000, "30s"},       {"5m", 300'000, "5m"},
                        {"60s", 60'000, "1m"},       {"90s", 90'000, "90s"},
                        {"12h", 43'200'000, "12h"},  {"7d", 604'800'000, "7d"},
                        {"1500ms", 1'500, "1500ms"}, {"24h", 86'400'000, "1d"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    ASSERT_TRUE(parse_duration(c.text));
    EXPECT_EQ(parse_duration(c.text)->count(), c.ms);
    EXPECT_EQ(duration_text(milliseconds{c.ms}), c.shown);
  }
}

TEST(Duration, IsNothingElse) {
  for (const auto* bad : {"", "s", "-5m", "+5m", "5 m", "5min", "5M", "1.5h", "never", " 5m", "5m ",
                          "99999999999999999999", "9223372036854775807d", "36526d"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

}  // namespace
}  // namespace webmon::cli
