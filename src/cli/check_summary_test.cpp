#include "cli/check_summary.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

TEST(DurationHistogram, TellsQuantilesAtMostThreePercentTooHigh) {
  DurationHistogram histogram;
  for (int ms = 1; ms <= 1'000; ++ms) histogram.add(ms);
  for (const double share : {0.01, 0.5, 0.95, 0.99, 1.0}) {
    SCOPED_TRACE(share);
    EXPECT_GE(histogram.quantile(share), share * 1'000 * 0.999);
    EXPECT_LE(histogram.quantile(share), share * 1'000 * 1.03);
  }
}

TEST(DurationHistogram, BearsAnyDuration) {
  DurationHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0);
  histogram.add(0);
  histogram.add(-1);
  EXPECT_NEAR(histogram.quantile(1), 0.01, 1e-9);
  histogram.add(1e300);
  EXPECT_GT(histogram.quantile(1), 1e6);
}

TEST(CheckSummary, CountsStatesAndLinesThatAreNoUrl) {
  CheckSummary summary;
  EXPECT_TRUE(summary.is_all_up());
  for (int i = 0; i < 3; ++i) summary.add(AssetState::up, 10);
  EXPECT_TRUE(summary.is_all_up());
  summary.add(AssetState::down, 1'000);
  summary.add_bad_line();
  EXPECT_FALSE(summary.is_all_up());
  const auto text = summary.text(seconds{2});
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "4 pages in 2.0 s (2/s): 3 up, 1 down; 1 line is no URL");
  EXPECT_NE(text.find("p50 10"), std::string::npos) << text;
}

TEST(CheckSummary, IsNotAllUpIfALineWasNoUrl) {
  CheckSummary summary;
  summary.add(AssetState::up, 1);
  summary.add_bad_line();
  EXPECT_FALSE(summary.is_all_up());
}

}  // namespace
}  // namespace webmon::cli
