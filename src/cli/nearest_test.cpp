#include "cli/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace webmon::cli {
namespace {

TEST(Nearest, FindsTheWordThatWasMeant) {
  const std::vector<std::string> words{"executor.slots", "executor.lease", "api.listen", "asset"};
  EXPECT_EQ(nearest("executor.slot", words), "executor.slots");
  EXPECT_EQ(nearest("excutor.slots", words), "executor.slots");
  EXPECT_EQ(nearest("executor.slost", words), "executor.slots");
  EXPECT_EQ(nearest("asett", words), "asset");
  EXPECT_EQ(did_you_mean("api.lisen", words), "; did you mean api.listen?");
}

TEST(Nearest, DoesNotGuessWildly) {
  const std::vector<std::string> words{"up", "asset", "run"};
  EXPECT_FALSE(nearest("xyz", words));
  EXPECT_FALSE(nearest("", words));
  EXPECT_FALSE(nearest(std::string(10'000, 'a'), words));
  EXPECT_FALSE(nearest("asset", {}));
  EXPECT_EQ(did_you_mean("xyz", words), "");
}

}  // namespace
}  // namespace webmon::cli
