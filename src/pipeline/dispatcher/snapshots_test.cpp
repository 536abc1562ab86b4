#include "pipeline/dispatcher/snapshots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webmon::dispatcher {
namespace {

using Step = SnapshotStep;

/// The coordinator with a pretended Redis that answers as told. Time moves only by `advance`.
struct Bench {
  explicit Bench(SnapshotConfig config = {}) : core{config} {
    core.lead(now);
    boot();
  }
  void advance(milliseconds by) { now += by; }

  /// The step that is due now, taken.
  std::optional<Step> due() {
    const auto plan = core.plan(now);
    if (!plan || plan->at > now) return std::nullopt;
    core.step_taken(plan->step, now);
    return plan->step;
  }
  milliseconds until_next() {
    const auto plan = core.plan(now);
    return plan ? std::chrono::duration_cast<milliseconds>(plan->at - now) : milliseconds{-1};
  }
  store::Persistence info() const {
    store::Persistence p;
    p.run_id = run_id;
    p.rdb_saves = saves;
    p.is_saving = is_saving;
    p.last_ok = last_ok;
    p.used_memory = used_memory;
    return p;
  }
  void boot() {
    EXPECT_EQ(due(), Step::boot);
    core.on_booted(now, Booted{run_id, epoch, durable});
  }
  /// Takes the step `begin`; Redis starts to save.
  void begin() {
    ASSERT_EQ(due(), Step::begin);
    const Begun begun{++epoch, info(), std::nullopt};
    is_saving = true;
    core.on_begun(now, begun);
  }
  void refuse(const std::string& why) {
    ASSERT_EQ(due(), Step::begin);
    core.on_begun(now, Begun{++epoch, info(), why});
  }
  void look() {
    ASSERT_EQ(due(), Step::look);
    core.on_look(now, info());
  }
  /// The child ends well after `duration`, and the epoch is marked.
  void finish(milliseconds duration = milliseconds{5}) {
    advance(duration);
    is_saving = false;
    last_ok = true;
    ++saves;
    look();
    ASSERT_EQ(due(), Step::mark);
    core.on_marked(now, {});
  }
  void fail_child() {
    advance(milliseconds{5});
    is_saving = false;
    last_ok = false;
    look();
  }
  /// Tickets answered well, and the epoch they were told.
  std::vector<std::pair<Snapshots::Ticket, std::uint64_t>> good() {
    std::vector<std::pair<Snapshots::Ticket, std::uint64_t>> out;
    for (auto& answer : core.take_answers()) {
      EXPECT_TRUE(answer.result) << answer.ticket;
      if (answer.result) out.emplace_back(answer.ticket, answer.result->epoch);
    }
    return out;
  }
  std::vector<std::pair<Snapshots::Ticket, Errc>> bad() {
    std::vector<std::pair<Snapshots::Ticket, Errc>> out;
    for (auto& answer : core.take_answers()) {
      EXPECT_FALSE(answer.result) << answer.ticket;
      if (!answer.result) out.emplace_back(answer.ticket, answer.result.error().code);
    }
    return out;
  }

  MonoTime now{seconds{1'000}};
  std::string run_id = "first";
  std::uint64_t epoch = 0, durable = 0, saves = 0, used_memory = 1'000'000'000;
  bool is_saving = false, last_ok = true;
  Snapshots core;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Snapshots, CountsWhatItBeganHowThatEndedAndTheTimeOfTheGoodOnes) {
  Bench b;
  b.core.want_now(1);
  b.begin();
  b.finish(milliseconds{40});
  b.core.want_now(2);
  b.begin();
  b.fail_child();
  EXPECT_EQ(b.core.begun(), 2U);
  EXPECT_EQ(b.core.completed(), 1U);
  EXPECT_EQ(b.core.failed(), 1U);
  EXPECT_EQ(b.core.time_saving(), milliseconds{40});
  b.core.want_now(3);
  b.begin();
  b.finish(milliseconds{60});
  EXPECT_EQ(b.core.failed(), 1U) << "in all, while `failures` begins anew";
  EXPECT_EQ(b.core.failures(), 0U);
  EXPECT_EQ(b.core.time_saving(), milliseconds{100});
}

TEST(Snapshots, IdleItBeginsAtOnceAndAnswersWhenTheChildHasEnded) {
  Bench b;
  b.core.want_now(1);
  b.begin();
  b.advance(milliseconds{5});
  b.look();
  EXPECT_THAT(b.good(), IsEmpty());
  b.finish();
  EXPECT_THAT(b.good(), ElementsAre(Pair(1, 1)));
  EXPECT_EQ(b.core.durable(), 1U);
}

TEST(Snapshots, ARequestJoinsTheNextOneNeverTheRunningOne) {
  Bench b;
  b.core.want_now(1);
  b.begin();
  b.core.want_now(2);
  b.finish();
  EXPECT_THAT(b.good(), ElementsAre(Pair(1, 1)));
  b.begin();
  b.finish();
  EXPECT_THAT(b.good(), ElementsAre(Pair(2, 2)));
}

TEST(Snapshots, ARequestWhileBeginIsOnItsWayWaitsForTheNextOne) {
  Bench b;
  b.core.want_now(1);
  ASSERT_EQ(b.due(), Step::begin);
  b.core.want_now(2);
  b.core.on_begun(b.now, Begun{++b.epoch, b.info(), std::nullopt});
  b.is_saving = true;
  b.finish();
  EXPECT_THAT(b.good(), ElementsAre(Pair(1, 1)));
}

TEST(Snapshots, AThousandAtOnceCostTwo) {
  Bench b;
  b.core.want_now(0);
  b.begin();
  for (Snapshots::Ticket t = 1; t < 1'000; ++t) b.core.want_now(t);
  b.finish();
  b.begin();
  b.finish();
  EXPECT_EQ(b.good().size(), 1'000U);
  EXPECT_EQ(b.core.completed(), 2U);
  EXPECT_NE(b.due(), Step::begin);
}

TEST(Snapshots, SoonPromisesTheFirstEpochThatForksAfterIt) {
  Bench b;
  auto soon = b.core.want_soon(b.now);
  ASSERT_TRUE(soon);
  EXPECT_EQ(soon->epoch, 1U);
  ASSERT_EQ(b.due(), Step::begin);
  EXPECT_EQ(b.core.want_soon(b.now)->epoch, 2U);  // BGSAVE may fork before or after the write
  b.core.on_begun(b.now, Begun{++b.epoch, b.info(), std::nullopt});
  b.is_saving = true;
  EXPECT_EQ(b.core.want_soon(b.now)->epoch, 2U);
  b.finish();
  EXPECT_EQ(b.core.want_soon(b.now)->epoch, 2U);
  EXPECT_EQ(b.core.durable(), 1U);
}

TEST(Snapshots, UnattendedOnesStayBelowTenPercentDuty) {
  Bench b;
  (void)b.core.want_soon(b.now);
  b.begin();
  b.finish(milliseconds{500});
  (void)b.core.want_soon(b.now);
  EXPECT_EQ(b.core.want_soon(b.now)->expected, milliseconds{10 * 500 + 500});
  b.advance(milliseconds{4'999});
  while (b.core.plan(b.now)->step == Step::look && b.until_next().count() <= 0) b.look();
  EXPECT_NE(b.core.plan(b.now)->at, b.now);
  b.advance(milliseconds{1});
  b.begin();
}

TEST(Snapshots, UnattendedOnesAreASecondApartAtLeast) {
  Bench b;
  (void)b.core.want_soon(b.now);
  b.begin();
  b.finish(milliseconds{5});
  (void)b.core.want_soon(b.now);
  EXPECT_EQ(b.until_next(), milliseconds{1'000});
}

TEST(Snapshots, NowSkipsTheGapAndTakesTheUnattendedAlong) {
  Bench b;
  (void)b.core.want_soon(b.now);
  b.begin();
  b.finish(milliseconds{500});
  (void)b.core.want_soon(b.now);
  b.core.want_now(1);
  b.begin();
  b.finish();
  EXPECT_THAT(b.good(), ElementsAre(Pair(1, 2)));
  EXPECT_FALSE(b.core.is_queued());
}

TEST(Snapshots, TheSafetyNetSavesChangesOnceAMinuteAndNothingElse) {
  Bench b{{.watch = std::chrono::hours{1}}};
  b.core.want_now(1);
  b.begin();
  b.finish();
  EXPECT_GT(b.until_next(), milliseconds{3'000'000});  // nothing changed: only the watch
  b.core.note_change();
  EXPECT_EQ(b.until_next(), milliseconds{60'000});
  b.advance(milliseconds{60'000});
  b.begin();
  b.finish();
  EXPECT_EQ(b.core.durable(), 2U);
}

TEST(Snapshots, AForeignSaveIsWaitedForAndThenOursBegins) {
  Bench b;
  b.is_saving = true;
  b.core.want_now(1);
  b.refuse("ERR Background save already in progress");
  EXPECT_THAT(b.good(), IsEmpty());
  b.advance(milliseconds{5});
  b.look();
  b.advance(milliseconds{5});
  b.is_saving = false;
  ++b.saves;  // the foreign one: it does not cover ours
  b.look();
  EXPECT_THAT(b.good(), IsEmpty());
  b.begin();
  b.finish();
  EXPECT_THAT(b.good(), ElementsAre(Pair(1, 2)));
}

TEST(Snapshots, AFailureAnswersAllWhoJoinedAndIsTriedAgainWithBackoff) {
  Bench b;
  b.core.want_now(1);
  b.begin();
  b.core.want_now(2);
  b.fail_child();
  EXPECT_THAT(b.bad(), ElementsAre(Pair(1, Errc::store_refused)));
  b.begin();  // ticket 2 waits: at once
  b.fail_child();
  EXPECT_THAT(b.bad(), ElementsAre(Pair(2, Errc::store_refused)));
  for (const int pause : {2'000, 4'000, 8'000, 16'000, 30'000, 30'000}) {
    SCOPED_TRACE(pause);
    b.advance(milliseconds{pause - 1});
    while (b.core.plan(b.now)->step == Step::look && b.until_next().count() <= 0) b.look();
    EXPECT_GT(b.until_next(), milliseconds{0});
    b.advance(milliseconds{1});
    b.begin();
    b.fail_child();
  }
  b.core.want_now(3);
  b.begin();
  b.finish();
  EXPECT_THAT(b.good(), ElementsAre(Pair(3, b.epoch)));
  EXPECT_EQ(b.core.failures(), 0U);
}

TEST(Snapshots, AChildThatEndsWithoutASaveIsAFailureThoughRedisSaysOk) {
  Bench b;
  b.core.want_now(1);
  b.begin();
  b.advance(milliseconds{5});
  b.is_saving = false;  // SIGUSR1: status stays ok
  b.look();
  EXPECT_THAT(b.bad(), ElementsAre(Pair(1, Errc::store_refused)));
}

TEST(Snapshots, ForkFailureOfASmallSetFallsBackToSave) {
  Bench b;
  b.used_memory = 1 << 20;
  b.core.want_now(1);
  b.refuse("ERR Can't save in background: fork: Resource temporarily unavailable");
  ASSERT_EQ(b.due(), Step::save);
  b.core.on_saved(b.now, {});
  ASSERT_EQ(b.due(), Step::mark);
  b.core.on_marked(b.now, {});
  EXPECT_THAT(b.good(), ElementsAre(Pair(1, 1)));
}

TEST(Snapshots, ForkFailureOfALargeSetIsAFailure) {
  Bench b;
  b.core.want_now(1);
  b.refuse("ERR Can't save in background: fork: Cannot allocate memory");
  EXPECT_THAT(b.bad(), ElementsAre(Pair(1, Errc::store_refused)));
}

TEST(Snapshots, WhileRedisRefusesWritesTheLastNumberIsUsedAgain) {
  Bench b;
  b.core.want_now(1);
  b.begin();
  b.fail_child();
  (void)b.bad();
  b.core.want_now(2);
  ASSERT_EQ(b.due(), Step::begin);
  b.core.on_begun(b.now, Begun{std::nullopt, b.info(), std::nullopt});
  b.is_saving = true;
  b.finish();
  EXPECT_THAT(b.good(), ElementsAre(Pair(2, 1)));
}

TEST(Snapshots, ARestartOfRedisAnswersStoreDownAndNumberingGoesOnAbove) {
  Bench b;
  b.core.want_now(1);
  b.begin();
  b.core.want_now(2);
  b.advance(milliseconds{5});
  b.run_id = "second";
  b.is_saving = false;
  b.saves = 0;
  b.look();
  EXPECT_THAT(b.bad(), ElementsAre(Pair(1, Errc::store_down), Pair(2, Errc::store_down)));
  EXPECT_FALSE(b.core.want_soon(b.now));
  b.epoch = 1'001;
  b.durable = 1;
  b.boot();
  b.core.want_now(3);
  b.begin();
  b.finish();
  EXPECT_THAT(b.good(), ElementsAre(Pair(3, 1'002)));
}

TEST(Snapshots, AnIdleCoordinatorNoticesARestartByItself) {
  Bench b;
  b.advance(milliseconds{1'000});
  b.run_id = "second";
  b.look();
  EXPECT_FALSE(b.core.is_booted());
  b.boot();
  EXPECT_TRUE(b.core.is_booted());
}

TEST(Snapshots, AnOutageAnswersStoreDownAndWhatWasPromisedIsStillOwed) {
  Bench b;
  (void)b.core.want_soon(b.now);
  b.begin();
  b.core.want_now(1);
  b.advance(milliseconds{5});
  ASSERT_EQ(b.due(), Step::look);
  b.core.on_look(b.now, fail(Errc::store_down, "gone"));
  EXPECT_THAT(b.bad(), ElementsAre(Pair(1, Errc::store_down)));
  b.advance(milliseconds{250});
  ASSERT_EQ(b.due(), Step::boot);
  b.core.on_booted(b.now, fail(Errc::store_down, "gone"));
  b.advance(milliseconds{250});
  b.is_saving = false;
  b.boot();
  b.begin();
  b.finish();
  EXPECT_EQ(b.core.durable(), b.epoch);
}

TEST(Snapshots, OneWhoAsksBeforeRedisAnswersIsToldWhenItDoesNot) {
  Snapshots core{{}};
  const MonoTime now{seconds{1}};
  core.lead(now);
  core.want_now(1);
  core.step_taken(Step::boot, now);
  core.on_booted(now, fail(Errc::store_down, "gone"));
  const auto answers = core.take_answers();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].result.error().code, Errc::store_down);
}

TEST(Snapshots, StandingByItDoesNothingAndSaysSo) {
  Bench b;
  b.core.want_now(1);
  b.begin();
  b.core.stand_by();
  EXPECT_THAT(b.bad(), ElementsAre(Pair(1, Errc::conflict)));
  b.core.want_now(2);
  EXPECT_THAT(b.bad(), ElementsAre(Pair(2, Errc::conflict)));
  EXPECT_EQ(b.core.want_soon(b.now).error().code, Errc::conflict);
  EXPECT_FALSE(b.core.plan(b.now));
}

TEST(Snapshots, ALateAnswerAfterStandingByChangesNothing) {
  Bench b;
  b.core.want_now(1);
  ASSERT_EQ(b.due(), Step::begin);
  b.core.stand_by();
  b.core.on_begun(b.now, Begun{1, b.info(), std::nullopt});
  EXPECT_FALSE(b.core.plan(b.now));
  b.core.lead(b.now);
  b.boot();
}

// A begin that reaches a Redis started anew would take a number that is promised already.
TEST(Snapshots, OverANewConnectionNothingIsBegunBeforeTheBooksAreRead) {
  Bench b;
  b.core.note_change();
  b.core.want_now(1);
  b.begin();
  b.core.reconnected(b.now);
  EXPECT_THAT(b.bad(), ElementsAre(Pair(1U, Errc::store_down)));
  EXPECT_EQ(b.due(), Step::boot);
  EXPECT_TRUE(b.core.want_soon(b.now).error().code == Errc::store_down);
}

TEST(Snapshots, WhoStandsByNeedsNoBooks) {
  Bench b;
  b.core.stand_by();
  b.core.reconnected(b.now);
  EXPECT_FALSE(b.core.plan(b.now));
}

}  // namespace
}  // namespace webmon::dispatcher
