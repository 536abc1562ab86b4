#include "pipeline/executor/autopsy.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace webmon::executor {
namespace {

using Kind = store::Release::Kind;

struct Fixture {
  SeededRng rng{1};
  LeasePage page = *LeasePage::create(2, 4, "host:1:abc");

  store::JobRef job() {
    return {make_id<JobId>(StoreTime{}, rng, 7),
            make_id<AssetId>(StoreTime{}, rng, 7),
            {},
            "example.org"};
  }
  store::JobRef hold(unsigned thread, unsigned slot) {
    auto ref = job();
    page.hold(thread, slot, ref, make_token(rng));
    return ref;
  }
  const Settlement* find(const std::vector<Settlement>& all, const store::JobRef& ref) {
    for (const auto& one : all)
      if (one.lease.job.id == ref.id) return &one;
    return nullptr;
  }
};

MonoTime at_ms(int ms) { return MonoTime{milliseconds{ms}}; }

TEST(LeasePage, TellsEveryLeaseHeldAndForgetsDroppedOnes) {
  Fixture f;
  const auto kept = f.hold(1, 3);
  f.hold(0, 0);
  f.page.drop(0, 0);
  const auto held = f.page.held();
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].job.id, kept.id);
  EXPECT_EQ(held[0].job.asset, kept.asset);
  EXPECT_TRUE(held[0].job.run.is_nil());
  EXPECT_EQ(held[0].job.host, "example.org");
  EXPECT_EQ(held[0].token.size(), 32U);
  EXPECT_EQ(held[0].thread, 1U);
  EXPECT_EQ(held[0].slot, 3U);
}

TEST(LeasePage, ASecondMappingSeesTheSame) {
  Fixture f;
  const auto job = f.hold(0, 2);
  auto other = LeasePage::attach(f.page.fd());
  ASSERT_TRUE(other);
  EXPECT_EQ(other->executor_id(), "host:1:abc");
  ASSERT_EQ(other->held().size(), 1U);
  EXPECT_EQ(other->held()[0].job.id, job.id);
}

TEST(LeasePage, RefusesADescriptorThatIsNotAPage) {
  const int fd = memfd_create("other", MFD_CLOEXEC);
  ASSERT_EQ(ftruncate(fd, 1 << 20), 0);
  EXPECT_EQ(LeasePage::attach(fd).error().code, Errc::bad_config);
  EXPECT_EQ(LeasePage::attach(-1).error().code, Errc::bad_config);
  close(fd);
}

TEST(LeasePage, LeavesOutRowsThatAHostileWorkerWrote) {
  Fixture f;
  auto bad_token = f.job();
  f.page.hold(0, 0, bad_token, "*3\r\n$3\r\nSET\r\n");
  auto bad_host = f.job();
  bad_host.host = "host with spaces";
  f.page.hold(0, 1, bad_host, make_token(f.rng));
  store::JobRef nil;
  nil.host = "h";
  f.page.hold(0, 2, nil, make_token(f.rng));
  EXPECT_TRUE(f.page.held().empty());
}

TEST(FindOverrun, NamesTheThreadThatIsLongestInsideAPlugin) {
  const std::vector<Mark> marks{{.slot = 0, .plugin = 0, .entered = at_ms(0)},
                                {.slot = 1, .plugin = 3, .entered = at_ms(500)},
                                {.slot = 2, .plugin = 4, .entered = at_ms(400)}};
  EXPECT_FALSE(find_overrun(marks, at_ms(2'400), milliseconds{2'000}));
  const auto overrun = find_overrun(marks, at_ms(3'000), milliseconds{2'000});
  ASSERT_TRUE(overrun);
  EXPECT_EQ(overrun->thread, 2U);
  EXPECT_EQ(overrun->mark.plugin, 4);
  EXPECT_FALSE(find_overrun(marks, at_ms(90'000), milliseconds{2'000}, at_ms(88'500)))
      << "both were stopped for a while: no plugin's fault";
  EXPECT_TRUE(find_overrun(marks, at_ms(90'600), milliseconds{2'000}, at_ms(88'500)));
}

TEST(Settle, ACrashInAPluginBlamesThatJobAndGivesTheOthersBack) {
  Fixture f;
  const auto guilty = f.hold(1, 2);
  const auto same_thread = f.hold(1, 3);
  const auto other_thread = f.hold(0, 2);
  f.page.work_on(1, 2);
  f.page.enter(1, 42, at_ms(5));
  f.page.work_on(0, 2);
  f.page.enter(0, 43, at_ms(4));
  f.page.crashed(1);
  const auto settled = settle(examine(f.page, {}));
  ASSERT_EQ(settled.size(), 3U);
  EXPECT_EQ(f.find(settled, guilty)->release.kind, Kind::blame);
  EXPECT_EQ(f.find(settled, guilty)->release.plugin, 42);
  EXPECT_EQ(f.find(settled, same_thread)->release.kind, Kind::give_back);
  EXPECT_EQ(f.find(settled, other_thread)->release.kind, Kind::give_back);
}

TEST(Settle, ACrashOutsidePluginsCountsAgainstTheJobBeingWorkedOn) {
  Fixture f;
  const auto guilty = f.hold(0, 1);
  f.page.work_on(0, 1);
  f.page.crashed(0);
  f.page.crashed(1);  // the first crash wins
  const auto settled = settle(examine(f.page, {}));
  EXPECT_EQ(f.find(settled, guilty)->release.kind, Kind::crash);
}

TEST(Settle, AnOverrunBlamesOnlyIfThePluginWasStillInside) {
  Fixture f;
  const auto guilty = f.hold(0, 1);
  f.page.work_on(0, 1);
  f.page.enter(0, 9, at_ms(1));
  const Overrun overrun{0, f.page.mark(0)};
  EXPECT_EQ(f.find(settle(examine(f.page, overrun)), guilty)->release.kind, Kind::blame);
  f.page.leave(0);
  EXPECT_EQ(f.find(settle(examine(f.page, overrun)), guilty)->release.kind, Kind::give_back);
}

TEST(Settle, WhenNobodyKnowsAllIsGivenBack) {
  Fixture f;
  const auto one = f.hold(0, 1);
  const auto two = f.hold(1, 1);
  f.page.work_on(0, 1);
  f.page.enter(0, 9, at_ms(1));  // killed from outside while a plugin ran
  const auto settled = settle(examine(f.page, {}));
  EXPECT_EQ(f.find(settled, one)->release.kind, Kind::give_back);
  EXPECT_EQ(f.find(settled, two)->release.kind, Kind::give_back);
}

TEST(LeasePage, WhatAWorkerCountedOutlivesItButNotWhatItHadInFlight) {
  Fixture f;
  f.page.counters().done = 7;
  f.page.counters().in_flight = 3;
  f.page.clear();
  EXPECT_EQ(f.page.counters().done, 7U);
  EXPECT_EQ(f.page.counters().in_flight, 0);
}

TEST(LeasePage, ClearForgetsLeasesMarksAndCrash) {
  Fixture f;
  f.hold(0, 1);
  f.page.work_on(0, 1);
  f.page.enter(0, 9, at_ms(1));
  f.page.crashed(0);
  f.page.clear();
  EXPECT_TRUE(f.page.held().empty());
  EXPECT_EQ(f.page.mark(0), Mark{});
  EXPECT_FALSE(f.page.crashed_thread());
}

}  // namespace
}  // namespace webmon::executor
