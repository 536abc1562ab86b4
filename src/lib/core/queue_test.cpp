#include "lib/core/queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace webmon {
namespace {

TEST(BoundedQueue, GivesWhatWasPutInTheSameOrder) {
  BoundedQueue<int> queue{3};
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_EQ(queue.take_all(), (std::vector<int>{1, 2}));
  EXPECT_TRUE(queue.take_all().empty());
}

TEST(BoundedQueue, RefusesWhatIsBeyondItsBoundAndLeavesItUntouched) {
  BoundedQueue<std::unique_ptr<int>> queue{1};
  EXPECT_TRUE(queue.push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(queue.push(std::move(second)));
  ASSERT_NE(second, nullptr);  // NOLINT(bugprone-use-after-move): that is the promise
  queue.take_all();
  EXPECT_TRUE(queue.push(std::move(second)));
}

TEST(BoundedQueue, LosesNothingBetweenThreads) {
  constexpr int kItems = 20'000;
  BoundedQueue<int> queue{64};
  std::jthread producer{[&] {
    for (int i = 0; i < kItems;) {
      if (int item = i; queue.push(std::move(item)))
        ++i;
      else
        std::this_thread::yield();
    }
  }};
  for (int want = 0; want < kItems;)
    for (const int got : queue.take_all()) ASSERT_EQ(got, want++);
}

}  // namespace
}  // namespace webmon
