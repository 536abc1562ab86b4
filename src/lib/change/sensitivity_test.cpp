#include "lib/change/sensitivity.hpp"

#include <gtest/gtest.h>

#include "lib/change/score.hpp"

namespace webmon::change {
namespace {

TEST(Sensitivity, TheScoreIsThatAtWhichSoManyOfTheChangesAreFalseAlerts) {
  EXPECT_NEAR(alert_for(5.9, 1'000), 0, 1e-9) << "5.9 of 1,000 changes";
  EXPECT_NEAR(alert_for(3.14, 1'000), kAlert, 0.01) << "as the default";
  EXPECT_GT(alert_for(1, 1'000), alert_for(2, 1'000));
  EXPECT_EQ(alert_for(1e9, 1), kLeastAlert);
  EXPECT_EQ(alert_for(1e-9, 1e9), kMostAlert);
}

}  // namespace
}  // namespace webmon::change
