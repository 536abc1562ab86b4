#include "pipeline/executor/host_lanes.hpp"

#include <gtest/gtest.h>

namespace webmon::executor {
namespace {

using Turn = HostLanes::Turn;
constexpr MonoTime kNow{seconds{1'000}};

TEST(HostLanes, LetsOneRequestToAHostGoAtATimeInOrder) {
  HostLanes lanes{{}};
  EXPECT_EQ(lanes.enter("a", "first", kNow), Turn::now);
  EXPECT_EQ(lanes.enter("a", "second", kNow), Turn::later);
  EXPECT_EQ(lanes.enter("a", "third", kNow), Turn::later);
  EXPECT_EQ(lanes.enter("b", "other host", kNow), Turn::now);
  EXPECT_EQ(lanes.leave("a"), "second");
  EXPECT_EQ(lanes.leave("a"), "third");
  EXPECT_EQ(lanes.leave("a"), std::nullopt);
  EXPECT_EQ(lanes.enter("a", "fourth", kNow), Turn::now);
}

TEST(HostLanes, RefusesWhatIsOverTheBudgetOfAMinute) {
  HostLanes lanes{{.per_minute = 6, .burst = 2, .waiting = 16}};
  const auto ask = [&](MonoTime now) {
    const auto turn = lanes.enter("a", "x", now);
    if (turn == Turn::now) lanes.leave("a");
    return turn;
  };
  EXPECT_EQ(ask(kNow), Turn::now);
  EXPECT_EQ(ask(kNow), Turn::now);
  EXPECT_EQ(ask(kNow), Turn::refused);
  EXPECT_EQ(ask(kNow + seconds{9}), Turn::refused);
  EXPECT_EQ(ask(kNow + seconds{10}), Turn::now) << "one in ten seconds";
  EXPECT_EQ(ask(kNow + seconds{10}), Turn::refused);
}

TEST(HostLanes, RefusesWhatWouldWaitBehindTooMany) {
  HostLanes lanes{{.per_minute = 600, .burst = 600, .waiting = 2}};
  EXPECT_EQ(lanes.enter("a", "0", kNow), Turn::now);
  EXPECT_EQ(lanes.enter("a", "1", kNow), Turn::later);
  EXPECT_EQ(lanes.enter("a", "2", kNow), Turn::later);
  EXPECT_EQ(lanes.enter("a", "3", kNow), Turn::refused);
}

TEST(HostLanes, ForgetsHostsThatOweNothing) {
  HostLanes lanes{{}};
  for (int i = 0; i < 10'000; ++i) {
    const auto host = "host" + std::to_string(i);
    ASSERT_EQ(lanes.enter(host, "x", kNow + seconds{i}), Turn::now);
    lanes.leave(host);
  }
  EXPECT_LE(lanes.size(), 4'096U);
}

}  // namespace
}  // namespace webmon::executor
