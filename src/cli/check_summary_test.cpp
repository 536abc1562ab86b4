#include "cli/check_summary.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

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

TEST(CheckSummary, TellsQuantilesOfWhatThePagesTook) {
  CheckSummary summary;
  EXPECT_EQ(summary.text(seconds{1}).find("p50"), std::string::npos) << "there are none";
  for (int ms = 1; ms <= 1'000; ++ms) summary.add(AssetState::up, ms);
  const auto text = summary.text(seconds{1});
  EXPECT_NE(text.find("p50 496 ms, p95 959 ms, p99 1020 ms\n"), std::string::npos) << text;
}

TEST(CheckSummary, IsNotAllUpIfALineWasNoUrl) {
  CheckSummary summary;
  summary.add(AssetState::up, 1);
  summary.add_bad_line();
  EXPECT_FALSE(summary.is_all_up());
}

}  // namespace
}  // namespace webmon::cli
