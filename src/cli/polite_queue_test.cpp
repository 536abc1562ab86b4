#include "cli/polite_queue.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

CheckJob job(std::uint64_t sequence, const std::string& host) {
  return {.sequence = sequence, .line = 0, .url = *parse_url("http://" + host + "/")};
}

std::vector<std::uint64_t> all_next(PoliteQueue& queue) {
  std::vector<std::uint64_t> out;
  while (auto next = queue.next()) out.push_back(next->sequence);
  return out;
}

TEST(PoliteQueue, AsksNoHostForMoreAtOnceThanItIsAllowed) {
  PoliteQueue queue{2};
  for (std::uint64_t i = 0; i < 5; ++i) queue.add(job(i, "one.example"));
  EXPECT_EQ(all_next(queue), (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(queue.waiting(), 3U);
  queue.finished("one.example");
  EXPECT_EQ(all_next(queue), (std::vector<std::uint64_t>{2}));
}

TEST(PoliteQueue, LetsHostsTakeTurns) {
  PoliteQueue queue{0};
  for (std::uint64_t i = 0; i < 3; ++i) queue.add(job(i, "big.example"));
  queue.add(job(3, "small.example"));
  EXPECT_EQ(all_next(queue), (std::vector<std::uint64_t>{0, 3, 1, 2}));
}

TEST(PoliteQueue, KeepsGoingOverManyRoundsAndEndsEmpty) {
  PoliteQueue queue{1};
  for (std::uint64_t i = 0; i < 100; ++i) queue.add(job(i, i % 2 == 0 ? "a.example" : "b.example"));
  std::size_t rounds = 0;
  for (; queue.waiting() > 0; ++rounds) {
    ASSERT_EQ(all_next(queue).size(), 2U);
    queue.finished("a.example");
    queue.finished("b.example");
  }
  EXPECT_EQ(rounds, 50U);
  queue.finished("a.example");  // one too many changes nothing
  queue.add(job(100, "a.example"));
  EXPECT_EQ(all_next(queue).size(), 1U);
}

}  // namespace
}  // namespace webmon::cli
