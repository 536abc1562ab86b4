#include "lib/stats/detector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "lib/stats/specs_for_test.hpp"

namespace webmon {
namespace {

using ::testing::HasSubstr;

Moments constant(double value, int n) {
  Moments moments;
  for (int i = 0; i < n; ++i) EXPECT_TRUE(moments.add(value));
  return moments;
}

Score verdict(std::uint16_t number, double value, const Moments& before) {
  return score(value, before, *find_test_spec(number));
}

TEST(Detector, FlagsTheFirstIframeAfterSixtyPagesWithout) {
  const Score s = verdict(302, 1, constant(0, 60));
  EXPECT_TRUE(s.is_excessive);
  EXPECT_NEAR(s.z, 1 / 0.15, 1e-12);
  EXPECT_EQ(s.floor, 0.15);
}

TEST(Detector, DoesNotCryWolfAtOneMoreParagraphOnAConstantPage) {
  for (const double value : {11.0, 12.0, 13.0, 5.0}) {
    EXPECT_FALSE(verdict(301, value, constant(12, 60)).is_excessive) << value;
  }
  EXPECT_TRUE(verdict(301, 40, constant(12, 60)).is_excessive);
}

TEST(Detector, SaysNothingDuringWarmUp) {
  EXPECT_FALSE(verdict(302, 1, constant(0, kWarmup - 1)).is_excessive);
  EXPECT_EQ(verdict(302, 1, constant(0, kWarmup - 1)).z, 0);
  EXPECT_TRUE(verdict(302, 1, constant(0, kWarmup)).is_excessive);
  EXPECT_FALSE(verdict(302, 1, Moments{}).is_excessive);
}

TEST(Detector, TakesTheLargestOfDeviationAndFloors) {
  EXPECT_EQ(verdict(303, 0, constant(0, 30)).sigma, 1024) << "absolute floor";
  EXPECT_EQ(verdict(303, 0, constant(100'000, 30)).sigma, 5000) << "relative floor";
  EXPECT_EQ(verdict(303, 0, constant(-100'000, 30)).sigma, 5000) << "of the magnitude";
  Moments wide;
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(wide.add(i % 2 * 100'000));
  EXPECT_DOUBLE_EQ(verdict(303, 0, wide).sigma, wide.sd());
}

TEST(Detector, FlagsExactlyAtTheThreshold) {
  const Moments before = constant(0, 30);
  EXPECT_TRUE(verdict(303, 5 * 1024, before).is_excessive);
  EXPECT_TRUE(verdict(303, -5 * 1024, before).is_excessive);
  EXPECT_FALSE(verdict(303, 5 * 1024 - 1, before).is_excessive);
}

TEST(Detector, MindsOnlySlowerTimings) {
  const Moments before = constant(4000, 30);
  EXPECT_FALSE(verdict(101, 0, constant(40'000, 30)).is_excessive);
  EXPECT_FALSE(verdict(101, 13'999, before).is_excessive);
  EXPECT_TRUE(verdict(101, 14'000, before).is_excessive);
}

TEST(Detector, CopesWithMetricsWithoutFloorOverConstants) {
  EXPECT_FALSE(verdict(305, 3, constant(3, 30)).is_excessive);
  const Score s = verdict(305, 2, constant(3, 30));
  EXPECT_TRUE(s.is_excessive);
  EXPECT_EQ(s.z, -kMaxZ);
}

TEST(Detector, ExplainsItself) {
  const Moments before = constant(0, 60);
  const MetricSpec& spec = *find_test_spec(302);
  const Finding finding = explain(1, before, spec, score(1, before, spec));
  EXPECT_EQ(
      finding.message,
      "iframe_count is 1; over 60 observations it was 0 on average (sigma 0, floor 0.15): z = 6.7");
  EXPECT_EQ(finding.code, "excessive_change");
  EXPECT_EQ(finding.severity, Severity::crit);
  EXPECT_EQ(finding.seen, "1 count");
  EXPECT_EQ(finding.expected, "-0.75 to 0.75 count");
  for (const char* field :
       {"feature=iframe_count", "value=1", "mean=0", "sigma=0", "n=60", "z=6.667", "floor=0.15"}) {
    EXPECT_THAT(finding.evidence, HasSubstr(field));
  }
}

TEST(Detector, ChoosesSeverityByWhatTheMetricMeans) {
  struct Case {
    const char* name;
    std::uint16_t metric;
    double history, value;
    Severity severity;
    const char* code;
  };
  for (const Case& c :
       std::vector<Case>{{"injection", 302, 0, 3, Severity::crit, "excessive_change"},
                         {"less of it", 302, 3, 0, Severity::warn, "excessive_change"},
                         {"structure", 301, 10, 100, Severity::warn, "excessive_change"},
                         {"slow", 101, 100, 9000, Severity::warn, "slow"},
                         {"slow phase", 102, 100, 9000, Severity::info, "slow"}}) {
    SCOPED_TRACE(c.name);
    const Moments before = constant(c.history, 60);
    const MetricSpec& spec = *find_test_spec(c.metric);
    const Finding finding = explain(c.value, before, spec, score(c.value, before, spec));
    EXPECT_EQ(finding.severity, c.severity);
    EXPECT_EQ(finding.code, c.code);
  }
}

}  // namespace
}  // namespace webmon
