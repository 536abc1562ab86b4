#include "cli/series_text.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace webmon::cli {
namespace {

TEST(SeriesText, FindsItsColumnsByName) {
  const auto usual = parse_series_header("timestamp,value");
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->timestamp, 0U);
  EXPECT_EQ(usual->value, 1U);
  const auto other = parse_series_header("host, value ,label,timestamp");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->timestamp, 3U);
  EXPECT_EQ(other->value, 1U);
  for (const auto* bad : {"", "2014-04-01 00:00:00,20", "timestamp", "time,value", "value"}) {
    const auto refused = parse_series_header(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_NE(refused.error().detail.find("begins with timestamp,value"), std::string::npos);
  }
}

TEST(SeriesText, ReadsBothWaysToWriteATime) {
  constexpr std::int64_t kMs = 1'396'310'700'000;
  for (const auto* line : {"2014-04-01 00:05:00,-1.5e3", "2014-04-01T00:05:00Z,-1500",
                           "2014-04-01 00:05:00.000, -1500.0 ,more"}) {
    SCOPED_TRACE(line);
    const auto row = parse_series_row(line, {});
    ASSERT_TRUE(row);
    EXPECT_EQ(to_ms(row->time), kMs);
    EXPECT_EQ(row->value, -1'500);
  }
}

TEST(SeriesText, SaysOfABadRowWhatIsBadAndWhatToDo) {
  struct Case {
    const char* line;
    const char* says;
  };
  for (const auto& [line, says] :
       {Case{"2014-04-01 00:05:00", "lacks a column"}, Case{"soon,1", "\"soon\" is no time"},
        Case{"2014-13-01 00:05:00,1", "is no time"}, Case{"2014-04-01 00:05:00+02:00,1", "(UTC)"},
        Case{"2014-04-01 00:05:00,", "\"\" is no number"},
        Case{"2014-04-01 00:05:00,12 ms", "\"12 ms\" is no number; leave rows"},
        Case{"2014-04-01 00:05:00,1e999", "is no number"},
        Case{"2014-04-01 00:05:00,\x1b[31m", "\\x1b[31m"}}) {
    SCOPED_TRACE(line);
    const auto row = parse_series_row(line, {});
    ASSERT_FALSE(row);
    EXPECT_NE(row.error().detail.find(says), std::string::npos) << row.error().detail;
  }
}

TEST(SeriesText, WritesOneObjectThatNamesTheCauseOfAnAlert) {
  const SeriesRow row{store_time_ms(1'396'310'700'000), 0.1};
  const SeriesVerdict verdict{.surprise = 1.5F,
                              .score = 1.25F,
                              .cause = Feature::step_up,
                              .expected = 1e-7,
                              .sigma = 123'456'789};
  const auto line = render_series_row(row, verdict, 1.25);
  ASSERT_TRUE(line.ends_with("}\n"));
  const auto object = boost::json::parse(line).as_object();
  EXPECT_EQ(object.at("time").as_string(), "2014-04-01T00:05:00.000Z");
  EXPECT_EQ(object.at("value").to_number<double>(), 0.1);
  EXPECT_EQ(object.at("score").to_number<double>(), 1.25);
  EXPECT_EQ(object.at("surprise").to_number<double>(), 1.5);
  EXPECT_TRUE(object.at("alert").as_bool());
  EXPECT_EQ(object.at("cause").as_string(), "step_up");
  EXPECT_EQ(object.at("expected").to_number<double>(), 1e-7);
  EXPECT_EQ(object.at("sigma").to_number<double>(), 123'457'000);
  const auto quiet = boost::json::parse(render_series_row(row, verdict, 1.26)).as_object();
  EXPECT_FALSE(quiet.at("alert").as_bool());
  EXPECT_TRUE(quiet.at("cause").is_null());
}

}  // namespace
}  // namespace webmon::cli
