#include "lib/metrics/exposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "lib/metrics/process.hpp"

namespace webmon::metrics {
namespace {

using testing::HasSubstr;

TEST(Exposition, WritesFamiliesInTheOrderInWhichTheyWereAdded) {
  Exposition out;
  out.counter("b_total", "Second letter.").add(3U, {{"kind", "x"}}).add(4U, {{"kind", "y"}});
  out.gauge("a_bytes", "First letter.").add(-1.5);
  EXPECT_EQ(out.text(),
            "# HELP b_total Second letter.\n# TYPE b_total counter\n"
            "b_total{kind=\"x\"} 3\nb_total{kind=\"y\"} 4\n"
            "# HELP a_bytes First letter.\n# TYPE a_bytes gauge\na_bytes -1.5\n");
}

TEST(Exposition, ShowsAFamilyWithoutSamplesByItsType) {
  Exposition out;
  out.gauge("empty", "None.");
  EXPECT_EQ(out.text(), "# HELP empty None.\n# TYPE empty gauge\n");
}

TEST(Exposition, EscapesWhatALabelHolds) {
  Exposition out;
  out.gauge("a", "A.").add(1, {{"text", "say \"x\"\n\\"}});
  EXPECT_THAT(out.text(), HasSubstr(R"(a{text="say \"x\"\n\\"} 1)"));
}

TEST(Exposition, WritesHistogramsCumulativeAndInSeconds) {
  DurationHistogram took;
  took.add(microseconds{50});
  took.add(milliseconds{300});
  took.add(seconds{1'000});
  Exposition out;
  out.histogram("t_seconds", "Time.").add(took);
  const auto text = out.text();
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"0.25\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"0.5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"300\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_sum 1000.30005\n"));
}

TEST(ProcessFacts, AreThoseOfThisProcess) {
  const auto facts = read_process(getpid());
  ASSERT_TRUE(facts);
  EXPECT_GT(facts->resident_bytes, 1U << 20U);
  EXPECT_GT(facts->virtual_bytes, facts->resident_bytes);
  EXPECT_GE(facts->threads, 1U);
  EXPECT_GE(facts->open_fds, 3U);
  EXPECT_GE(facts->max_fds, facts->open_fds);
  EXPECT_GT(facts->start_time_seconds, 1.7e9);
}

TEST(ProcessFacts, AreNothingForAProcessThatIsNone) { EXPECT_FALSE(read_process(0x7ffffff0)); }

}  // namespace
}  // namespace webmon::metrics
