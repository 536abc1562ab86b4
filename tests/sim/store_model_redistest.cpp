// The store model beside a real redis-server: random lives of everything that the store's headers
// offer. A failure names its seed; `live(seed, ...)` alone repeats it.
#include "tests/sim/model_trace.hpp"

namespace webmon::sim {
namespace {

class StoreModelAndRedis : public ModelTrace {};

constexpr int kPerLife = 800;

TEST_F(StoreModelAndRedis, AgreeInRandomLives) {
  for (std::uint64_t seed = 1; compared() < 80'000 && !HasFailure(); ++seed)
    live(seed, kPerLife, false);
  EXPECT_GE(compared(), 80'000U);
}

TEST_F(StoreModelAndRedis, AgreeWhenScriptsGetAnyKeysAndArguments) {
  for (std::uint64_t seed = 1'001; compared() < 20'000 && !HasFailure(); ++seed)
    live(seed, kPerLife, true);
  EXPECT_GE(compared(), 20'000U);
}

}  // namespace
}  // namespace webmon::sim
