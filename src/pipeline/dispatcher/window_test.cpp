#include "pipeline/dispatcher/window.hpp"

#include <gtest/gtest.h>

namespace webmon::dispatcher {
namespace {

constexpr MonoTime kStart{seconds{1'000}};

JobId job(int n) { return derive_id<JobId>("job " + std::to_string(n), 0); }

TEST(Window, LimitIsTwiceTheSlotsWithinItsBounds) {
  struct Case {
    std::size_t slots, want;
  };
  Window window{{}};
  EXPECT_EQ(window.limit(), 256U);  // before the first executor is seen
  for (const auto& c : {Case{0, 64}, Case{1, 64}, Case{32, 64}, Case{33, 66}, Case{128, 256},
                        Case{512, 1'024}, Case{100'000, 1'024}, Case{SIZE_MAX, 1'024}}) {
    SCOPED_TRACE(c.slots);
    window.set_slots(c.slots);
    EXPECT_EQ(window.limit(), c.want);
  }
}

TEST(Window, AnIdIsLetInOnceAndCostsOneCredit) {
  Window window{{}};
  EXPECT_TRUE(window.admit(job(1)));
  EXPECT_FALSE(window.admit(job(1)));
  EXPECT_EQ(window.outstanding(), 1U);
  EXPECT_EQ(window.credits(), 255U);
}

TEST(Window, CreditsComeBackWhenAnIdIsReleased) {
  Window window{{}};
  window.admit(job(1));
  window.pushed(kStart);
  EXPECT_TRUE(window.release(job(1)));
  EXPECT_FALSE(window.release(job(1)));
  EXPECT_EQ(window.credits(), 256U);
  EXPECT_TRUE(window.admit(job(1)));  // and it may come again
}

TEST(Window, HasNoCreditsWhenTheLimitShrinksBelowWhatIsHeld) {
  Window window{{}};
  for (int i = 0; i < 100; ++i) window.admit(job(i));
  window.set_slots(1);
  EXPECT_EQ(window.credits(), 0U);
  EXPECT_EQ(window.outstanding(), 100U);
}

TEST(Window, PushesInTheOrderOfArrival) {
  Window window{{}};
  for (int i = 0; i < 3; ++i) window.admit(job(i));
  EXPECT_TRUE(window.release(job(1)));  // cancelled while it waited
  EXPECT_EQ(window.front(), job(0));
  window.pushed(kStart);
  EXPECT_EQ(window.front(), job(2));
  window.pushed(kStart);
  EXPECT_EQ(window.front(), std::nullopt);
  EXPECT_EQ(window.waiting(), 0U);
  EXPECT_EQ(window.outstanding(), 2U);
}

TEST(Window, EveryPushedIdHasItsTurnToBeChecked) {
  Window window{{}};
  for (int i = 0; i < 6; ++i) window.admit(job(i));
  for (int i = 0; i < 5; ++i) window.pushed(kStart);
  EXPECT_TRUE(window.next_to_check(9, kStart + milliseconds{1}).empty()) << "pushed just now";
  const auto soon = kStart + milliseconds{2};
  EXPECT_EQ(window.next_to_check(2, soon), (std::vector{job(0), job(1)}));
  EXPECT_EQ(window.next_to_check(2, soon), (std::vector{job(2), job(3)}));
  EXPECT_EQ(window.next_to_check(2, soon), (std::vector{job(4)}));
  EXPECT_TRUE(window.next_to_check(9, soon).empty()) << "each has been looked up";
  EXPECT_EQ(window.next_to_check(9, kStart + milliseconds{4}).size(), 5U);
  EXPECT_EQ(window.first_waiting(9), (std::vector{job(5)}));
  EXPECT_TRUE(window.first_waiting(0).empty());
}

TEST(Window, AnIdThatNobodyClaimsIsLookedUpEverMoreSeldom) {
  Window window{{}};
  window.admit(job(1));
  window.pushed(kStart);
  int looks = 0;
  for (int ms = 1; ms <= 8'000; ++ms)
    looks += static_cast<int>(window.next_to_check(9, kStart + milliseconds{ms}).size());
  EXPECT_GE(looks, 20) << "but at least each second";
  EXPECT_LE(looks, 24);
}

TEST(Window, WhatWasPushedBeforeComesBeforeWhatWasLookedUp) {
  Window window{{}};
  for (int i = 0; i < 4; ++i) {
    window.admit(job(i));
    window.pushed(kStart + milliseconds{i});
  }
  const auto later = kStart + milliseconds{20};
  EXPECT_EQ(window.next_to_check(2, later), (std::vector{job(0), job(1)}));
  EXPECT_EQ(window.next_to_check(4, later + milliseconds{40}),
            (std::vector{job(2), job(3), job(1), job(0)}))
      << "the more overdue before the less";
}

TEST(Window, ForgetsAPushExactlyAtItsDeadlineAndKeepsWhatWaits) {
  Window window{{}};
  window.admit(job(1));
  window.pushed(kStart);
  window.admit(job(2));
  EXPECT_EQ(window.expire(kStart + milliseconds{9'999}), 0U);
  EXPECT_EQ(window.expire(kStart + milliseconds{10'000}), 1U);
  EXPECT_FALSE(window.holds(job(1)));
  EXPECT_TRUE(window.holds(job(2)));
}

TEST(Window, WhatASlowExecutorHoldsTakesNoPlaceForLong) {
  WindowConfig config;
  config.initial = 2;
  Window window{config};
  for (int i = 1; i <= 2; ++i) {
    window.admit(job(i));
    window.pushed(kStart);
  }
  EXPECT_EQ(window.credits(), 0U);
  EXPECT_EQ(window.lose_patience(kStart + milliseconds{499}), 0U);
  EXPECT_EQ(window.lose_patience(kStart + milliseconds{500}), 2U);
  EXPECT_EQ(window.credits(), 2U) << "others need not wait for it";
  EXPECT_TRUE(window.holds(job(1))) << "and it is not pushed twice";
  window.release(job(1));
  window.admit(job(3));
  EXPECT_EQ(window.credits(), 1U);
  EXPECT_EQ(window.expire(kStart + milliseconds{10'000}), 1U);
  EXPECT_EQ(window.stuck(), 0U);
  EXPECT_EQ(window.credits(), 1U);
}

TEST(Window, AnIdPushedAgainHasANewDeadline) {
  Window window{{}};
  window.admit(job(1));
  window.pushed(kStart);
  window.release(job(1));
  window.admit(job(1));
  window.pushed(kStart + seconds{6});
  EXPECT_EQ(window.expire(kStart + seconds{10}), 0U);
  EXPECT_EQ(window.expire(kStart + seconds{16}), 1U);
}

TEST(Window, ManyPushesAndReleasesLeaveNothingBehind) {
  Window window{{.most = 64}};
  for (int i = 0; i < 10'000; ++i) {
    window.admit(job(i));
    window.pushed(kStart + milliseconds{i});
    if (i > 10) window.release(job(i - 10));
  }
  EXPECT_EQ(window.outstanding(), 12U - 1U);
  EXPECT_EQ(window.expire(kStart + seconds{100}), 11U);
  EXPECT_EQ(window.outstanding(), 0U);
}

TEST(Window, DropsWhatWaitsAndKeepsWhatIsPushed) {
  Window window{{}};
  for (int i = 0; i < 3; ++i) window.admit(job(i));
  window.pushed(kStart);
  EXPECT_EQ(window.drop_waiting(), 2U);
  EXPECT_EQ(window.outstanding(), 1U);
  EXPECT_TRUE(window.holds(job(0)));
}

}  // namespace
}  // namespace webmon::dispatcher
