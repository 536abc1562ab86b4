#include "lib/loop/loop.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/support/manual_clock.hpp"

namespace webmon {
namespace {

/// Two connected descriptors.
class Pair {
 public:
  Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds_), 0); }
  ~Pair() {
    close_near();
    close_far();
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  int near() const { return fds_[0]; }
  int far() const { return fds_[1]; }
  void send() const { EXPECT_EQ(write(fds_[1], "x", 1), 1); }
  void receive() const {
    char c = 0;
    EXPECT_EQ(read(fds_[0], &c, 1), 1);
  }
  void close_near() { close_one(fds_[0]); }
  void close_far() { close_one(fds_[1]); }

 private:
  static void close_one(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
  int fds_[2] = {-1, -1};
};

class LoopTest : public ::testing::Test {
 protected:
  bool turn() { return loop_.turn(nanoseconds{0}); }
  void advance(milliseconds by) {
    clock_.advance(by);
    turn();
  }
  testing::ManualClock clock_;
  Loop loop_{clock_};
  std::string log_;
};

TEST_F(LoopTest, CallsTimersInOrderOfTheirTimes) {
  loop_.after(milliseconds{30}, [&] { log_ += 'c'; });
  loop_.after(milliseconds{10}, [&] { log_ += 'a'; });
  loop_.after(milliseconds{20}, [&] { log_ += 'b'; });
  loop_.after(milliseconds{20}, [&] { log_ += 'B'; });
  advance(milliseconds{9});
  EXPECT_EQ(log_, "");
  advance(milliseconds{1});
  EXPECT_EQ(log_, "a");
  advance(milliseconds{100});
  EXPECT_EQ(log_, "abBc");
}

TEST_F(LoopTest, CallsATimerOnce) {
  loop_.after(milliseconds{1}, [&] { log_ += 'a'; });
  advance(milliseconds{5});
  advance(milliseconds{5});
  EXPECT_EQ(log_, "a");
}

TEST_F(LoopTest, ForgetsCancelledTimers) {
  const auto id = loop_.after(milliseconds{1}, [&] { log_ += 'x'; });
  loop_.cancel(id);
  loop_.cancel(id);
  loop_.cancel(0);
  loop_.cancel(12345);
  advance(milliseconds{5});
  EXPECT_EQ(log_, "");
}

TEST_F(LoopTest, LetsATimerCancelOneThatIsDueInTheSameTurn) {
  Loop::TimerId second = 0;
  loop_.after(milliseconds{1}, [&] { loop_.cancel(second); });
  second = loop_.after(milliseconds{1}, [&] { log_ += 'x'; });
  advance(milliseconds{5});
  EXPECT_EQ(log_, "");
}

TEST_F(LoopTest, LetsATimerCancelItself) {
  Loop::TimerId self = 0;
  self = loop_.after(milliseconds{1}, [&] {
    loop_.cancel(self);
    log_ += 'a';
  });
  advance(milliseconds{5});
  EXPECT_EQ(log_, "a");
}

TEST_F(LoopTest, RunsATimerSetByATimerInTheNextTurn) {
  std::function<void()> again = [&] {
    log_ += 'a';
    loop_.after(nanoseconds{0}, again);
  };
  loop_.after(nanoseconds{0}, again);
  turn();
  EXPECT_EQ(log_, "a");
  turn();
  EXPECT_EQ(log_, "aa");
}

TEST_F(LoopTest, NeverReusesATimerId) {
  const auto first = loop_.after(milliseconds{1}, [] {});
  loop_.cancel(first);
  const auto second = loop_.after(milliseconds{1}, [] {});
  EXPECT_NE(first, 0U);
  EXPECT_NE(first, second);
}

TEST_F(LoopTest, TellsReadable) {
  const Pair pair;
  unsigned seen = 0;
  loop_.watch(pair.near(), Loop::kRead, [&](unsigned events) { seen = events; });
  EXPECT_FALSE(turn());
  pair.send();
  EXPECT_TRUE(turn());
  EXPECT_EQ(seen, Loop::kRead);
}

TEST_F(LoopTest, TellsOnlyWhatWasAskedFor) {
  const Pair pair;
  std::vector<unsigned> seen;
  loop_.watch(pair.near(), Loop::kWrite, [&](unsigned events) { seen.push_back(events); });
  pair.send();
  turn();
  loop_.change(pair.near(), Loop::kRead | Loop::kWrite);
  turn();
  loop_.change(pair.near(), 0);
  turn();
  EXPECT_EQ(seen, (std::vector<unsigned>{Loop::kWrite, Loop::kRead | Loop::kWrite}));
}

TEST_F(LoopTest, TellsAHangUpAsBoth) {
  Pair pair;
  unsigned seen = 0;
  loop_.watch(pair.near(), Loop::kRead, [&](unsigned events) { seen = events; });
  pair.close_far();
  turn();
  EXPECT_EQ(seen, Loop::kRead | Loop::kWrite);
}

TEST_F(LoopTest, LetsACallbackUnwatchItself) {
  const Pair pair;
  loop_.watch(pair.near(), Loop::kRead, [&, text = std::string(100, 'x')](unsigned) {
    loop_.unwatch(pair.near());
    log_ += text;  // what the callback holds outlives the watch until it returns
  });
  pair.send();
  turn();
  turn();
  EXPECT_EQ(log_.size(), 100U);
}

TEST_F(LoopTest, DropsEventsOfADescriptorThatWasUnwatchedInTheSameTurn) {
  const Pair a;
  const Pair b;
  loop_.watch(a.near(), Loop::kRead, [&](unsigned) {
    a.receive();
    log_ += 'x';
    loop_.unwatch(b.near());
  });
  loop_.watch(b.near(), Loop::kRead, [&](unsigned) {
    b.receive();
    log_ += 'x';
    loop_.unwatch(a.near());
  });
  a.send();
  b.send();
  turn();
  turn();
  EXPECT_EQ(log_, "x");
}

TEST_F(LoopTest, DoesNotGiveAnOldEventToAReusedNumber) {
  Pair first;
  Pair second;
  const int numbers[] = {first.near(), second.near()};
  Pair replacement;
  // Whichever comes first closes the other and puts a silent descriptor in its place.
  const auto replace = [&](Pair& other, int number) {
    log_ += 'x';
    loop_.unwatch(number);
    other.close_near();
    ASSERT_EQ(dup2(replacement.near(), number), number);
    loop_.watch(number, Loop::kRead, [&](unsigned) { log_ += '!'; });
  };
  loop_.watch(numbers[0], Loop::kRead, [&](unsigned) { replace(second, numbers[1]); });
  loop_.watch(numbers[1], Loop::kRead, [&](unsigned) { replace(first, numbers[0]); });
  first.send();
  second.send();
  turn();
  EXPECT_EQ(log_, "x");
  const int reused = numbers[0] == first.near() ? numbers[1] : numbers[0];
  loop_.unwatch(reused);
  close(reused);
}

TEST_F(LoopTest, WatchesANumberThatWasClosedWithoutUnwatch) {
  Pair old;
  const int number = old.near();
  loop_.watch(number, Loop::kRead, [&](unsigned) { log_ += 'o'; });
  const Pair fresh;
  old.close_near();
  ASSERT_EQ(dup2(fresh.near(), number), number);
  loop_.watch(number, Loop::kRead, [&](unsigned) { log_ += 'n'; });
  fresh.send();
  turn();
  EXPECT_EQ(log_, "n");
  loop_.unwatch(number);
  close(number);
}

TEST_F(LoopTest, ReplacesAnEarlierWatch) {
  const Pair pair;
  loop_.watch(pair.near(), Loop::kRead, [&](unsigned) { log_ += 'a'; });
  loop_.watch(pair.near(), Loop::kRead, [&](unsigned) { log_ += 'b'; });
  pair.send();
  turn();
  EXPECT_EQ(log_, "b");
}

TEST_F(LoopTest, RunsHooksAfterDescriptorsAndTimers) {
  const Pair pair;
  loop_.after_turn([&] { log_ += '1'; });
  loop_.after_turn([&] { log_ += '2'; });
  loop_.watch(pair.near(), Loop::kRead, [&](unsigned) {
    pair.receive();
    log_ += 'f';
  });
  loop_.after(nanoseconds{0}, [&] { log_ += 't'; });
  pair.send();
  turn();
  EXPECT_EQ(log_, "ft12");
}

TEST_F(LoopTest, KeepsNowConstantWithinATurn) {
  loop_.after(nanoseconds{0}, [&] {
    const auto before = loop_.now();
    clock_.advance(seconds{1});
    EXPECT_EQ(loop_.now(), before);
  });
  turn();
  turn();
  EXPECT_EQ(loop_.now(), clock_.mono());
}

TEST_F(LoopTest, IgnoresChangeAndUnwatchOfUnknownNumbers) {
  loop_.change(999, Loop::kRead);
  loop_.unwatch(999);
  EXPECT_FALSE(turn());
}

TEST(Loop, EndsAWaitWhenAnotherThreadWakesIt) {
  Loop loop;
  const std::jthread other{[&] { loop.wake(); }};
  EXPECT_TRUE(loop.turn(seconds{60}));
}

TEST(Loop, RemembersAWakeThatCameBeforeTheWait) {
  Loop loop;
  loop.wake();
  loop.wake();
  EXPECT_TRUE(loop.turn(seconds{60}));
  EXPECT_FALSE(loop.turn(nanoseconds{0}));
}

int far_end = -1;
MonoTime timer_is_due{};
void send_when_the_timer_is_due(int) {
  while (system_clock().mono() < timer_is_due) continue;
  [[maybe_unused]] const auto sent = write(far_end, "x", 1);
}

/// As a process finds it that was stopped, or a laptop that was asleep: the wait is interrupted.
TEST(Loop, AfterAnInterruptionServesWhatCameMeanwhileBeforeTheTimersThatAreDue) {
  const Pair pair;
  far_end = pair.far();
  struct sigaction action {};
  action.sa_handler = send_when_the_timer_is_due;
  ASSERT_EQ(sigaction(SIGALRM, &action, nullptr), 0);
  Loop loop;
  std::string log;
  loop.watch(pair.near(), Loop::kRead, [&](unsigned) {
    pair.receive();
    log += 'r';
  });
  loop.after(milliseconds{40}, [&] { log += 't'; });
  timer_is_due = loop.now() + milliseconds{50};
  const itimerval soon{{}, {0, 5'000}};
  ASSERT_EQ(setitimer(ITIMER_REAL, &soon, nullptr), 0);
  while (log.size() < 2) loop.turn(seconds{10});
  EXPECT_EQ(log, "rt");
}

TEST(Loop, RunsUntilItIsStopped) {
  const auto before = system_clock().mono();  // timers count from the loop's own idea of now
  Loop loop;
  int turns = 0;
  loop.after(milliseconds{5}, [&] { loop.stop(); });
  loop.after_turn([&] { ++turns; });
  loop.run();
  EXPECT_GE(system_clock().mono() - before, milliseconds{4});
  EXPECT_LT(turns, 10) << "it must wait for the timer, not spin";
}

TEST(Loop, HandlesMoreReadyDescriptorsThanFitOneWait) {
  Loop loop;
  std::vector<std::unique_ptr<Pair>> pairs;
  int seen = 0;
  for (int i = 0; i < 300; ++i) {
    pairs.push_back(std::make_unique<Pair>());
    const auto& pair = *pairs.back();
    loop.watch(pair.near(), Loop::kRead, [&](unsigned) {
      pair.receive();
      ++seen;
    });
    pair.send();
  }
  for (int i = 0; i < 3; ++i) loop.turn(nanoseconds{0});
  EXPECT_EQ(seen, 300);
}

}  // namespace
}  // namespace webmon
