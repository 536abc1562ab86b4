#include "pipeline/scheduler/hint_queue.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "lib/core/rng.hpp"

namespace webmon::scheduler {
namespace {

struct Streamer {
  std::size_t credits = 0;
  std::vector<JobId> got;
  Outlet outlet() {
    return {[this] { return credits; },
            [this](JobId id) {
              got.push_back(id);
              --credits;
            }};
  }
};

JobId new_id() {
  static SeededRng rng{5};
  return make_id<JobId>(store_time_ms(1), rng, 3);
}

TEST(HintQueue, HandsOnInOrderAsFarAsThereAreCredits) {
  Loop loop;
  Streamer streamer;
  HintQueue queue{loop, streamer.outlet()};
  const std::vector ids{new_id(), new_id(), new_id()};
  for (const auto id : ids) EXPECT_TRUE(queue.send(id));
  queue.pump();
  EXPECT_TRUE(streamer.got.empty());
  streamer.credits = 2;
  queue.pump();
  EXPECT_EQ(streamer.got, (std::vector{ids[0], ids[1]}));
  streamer.credits = 5;
  queue.pump();
  EXPECT_EQ(streamer.got, ids);
}

TEST(HintQueue, IsBounded) {
  Loop loop;
  Streamer streamer;
  HintQueue queue{loop, streamer.outlet()};
  for (std::size_t i = 0; i < HintQueue::kMost; ++i) ASSERT_TRUE(queue.send(new_id()));
  EXPECT_FALSE(queue.send(new_id())) << "left to the due scan";
  queue.clear();
  EXPECT_TRUE(queue.send(new_id()));
}

}  // namespace
}  // namespace webmon::scheduler
