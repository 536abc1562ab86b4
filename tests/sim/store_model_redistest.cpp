// The store model beside a real redis-server: random lives of everything that the store's headers
// offer. A failure names its seed; `live(seed, ...)` alone repeats it.
#include "tests/sim/model_trace.hpp"

namespace webmon::sim {
namespace {

class StoreModelAndRedis : public ModelTrace {};

constexpr int kPerLife = 800;

/// What the job and asset scripts can say: the lives must reach all of it.
constexpr std::pair<store::Script, std::string_view> kAnswers[] = {
    {store::Script::submit, "created existed no_asset"},
    {store::Script::due, "dispatch not_yet retried dead cancelled gone"},
    {store::Script::claim, "claimed postponed refused cancelled gone"},
    {store::Script::renew, "0 1"},
    {store::Script::finish, "done fenced stale cancelled -STAGING"},
    {store::Script::release, "ready dead fenced"},
    {store::Script::cancel, "cancelled already_ended gone"},
    {store::Script::asset_create, "0 1"},
    {store::Script::asset_update, "updated stale missing url_taken"},
    {store::Script::asset_remove, "updated stale missing"},
    {store::Script::lead, "0 1"},
    {store::Script::unlead, "0 1"},
};

TEST_F(StoreModelAndRedis, AgreeInRandomLives) {
  for (std::uint64_t seed = 1; compared() < 80'000 && !HasFailure(); ++seed)
    live(seed, kPerLife, false);
  EXPECT_GE(compared(), 80'000U);
  for (const auto& [script, answers] : kAnswers)
    for (const auto answer : split_words(answers))
      EXPECT_TRUE(
          answered().contains(std::to_string(static_cast<int>(script)) + ' ' + std::string{answer}))
          << "no life has made script " << static_cast<int>(script) << " answer " << answer;
}

TEST_F(StoreModelAndRedis, AgreeWhenScriptsGetAnyKeysAndArguments) {
  for (std::uint64_t seed = 1'001; compared() < 20'000 && !HasFailure(); ++seed)
    live(seed, kPerLife, true);
  EXPECT_GE(compared(), 20'000U);
}

}  // namespace
}  // namespace webmon::sim
