// The job state machine (docs/job-states.md) on a real Redis, one transition after the other.
#include "lib/store/redis_fixture.hpp"

namespace webmon::store {
namespace {

class Jobs : public RedisTest {};

TEST_F(Jobs, SubmitRecordsAReadyJobAndARepeatChangesNothing) {
  const auto asset = create();
  const auto run = new_run();
  const auto job = new_job(asset, run);
  const auto before = now();
  EXPECT_EQ(submit(job), Submitted::created);
  EXPECT_EQ(submit(job), Submitted::existed);
  const auto seen = record(job);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->state, JobState::ready);
  EXPECT_EQ(seen->ref.asset, asset.id);
  EXPECT_EQ(seen->ref.run, run);
  EXPECT_EQ(seen->ref.host, "a.example");
  EXPECT_EQ(seen->attempts, 0);
  EXPECT_GE(seen->created, before);
  EXPECT_GE(pend_score(job), to_ms(before + kHintGrace));
  EXPECT_EQ(counts(job).total, 1U);
  const auto ids =
      ask([&](Batch& b) { add_run_jobs(b, keys_, run, job.id.partition(), 0, 10); }, read_job_ids);
  EXPECT_EQ(ids, std::vector{job.id});
}

TEST_F(Jobs, SubmitWithoutItsAssetLeavesNothingBehind) {
  const auto job = new_job(new_asset(), new_run());
  EXPECT_EQ(submit(job), Submitted::no_asset);
  EXPECT_EQ(redis({"DBSIZE"}), "0");
}

TEST_F(Jobs, TheHeadOfAnUnknownJobIsNothing) {
  const auto job = new_job(new_asset());
  const auto head = ask([&](Batch& b) { add_job_head(b, keys_, job.id); },
                        [&](const Reply& r) { return read_job_head(job.id, r); });
  EXPECT_FALSE(head);
  EXPECT_FALSE(record(job));
}

TEST_F(Jobs, TheDueScanFindsOnlyWhatIsDueOldestFirst) {
  const auto asset = create();
  const auto first = submitted(asset);
  const auto second = submitted(asset);
  const auto later = submitted(asset);
  const auto p = asset.id.partition();
  redis({"ZADD", keys_.pend(p), "5", second.id.text()});
  redis({"ZADD", keys_.pend(p), "4", first.id.text()});
  const auto scan = [&](std::size_t limit) {
    return ask([&](Batch& b) { add_due_scan(b, keys_, p, store_time_ms(10), limit); },
               read_due_scan);
  };
  EXPECT_EQ(scan(10), (std::vector{first.id, second.id}));
  EXPECT_EQ(scan(1), (std::vector{first.id}));
  EXPECT_EQ(due(later), Due::not_yet);
}

TEST_F(Jobs, ADueReadyJobIsDispatchedAndLooksDueAgainOnlyAfterTheRedispatchTime) {
  const auto job = submitted(create());
  EXPECT_EQ(due(job), Due::not_yet) << "the hint was sent a moment ago";
  make_due(job);
  const auto before = now();
  EXPECT_EQ(due(job), Due::dispatch);
  EXPECT_GE(pend_score(job), to_ms(before + kRedispatch));
  EXPECT_EQ(due(job), Due::not_yet);
  EXPECT_EQ(record(job)->attempts, 0) << "a lost hint costs no attempt";
}

TEST_F(Jobs, AReadyJobThatFellOutOfPendIsDispatchedAndPutBack) {
  const auto job = submitted(create());
  redis({"ZREM", keys_.pend(job.id.partition()), job.id.text()});
  EXPECT_EQ(due(job), Due::dispatch);
  EXPECT_TRUE(is_pending(job));
}

TEST_F(Jobs, ClaimLeasesOnceAndCountsTheAttempt) {
  const auto job = submitted(create(), new_run());
  auto args = claim_args(seconds{30});
  const auto got = claim(job, args);
  EXPECT_EQ(got.kind, Claim::Kind::claimed);
  EXPECT_EQ(got.attempt, 1);
  EXPECT_EQ(got.kills, 0);
  EXPECT_TRUE(got.off.empty());
  EXPECT_EQ(got.until, got.now + seconds{30});
  EXPECT_EQ(claim(job, claim_args()).kind, Claim::Kind::refused);
  const auto seen = record(job);
  EXPECT_EQ(seen->state, JobState::leased);
  EXPECT_EQ(seen->worker, "worker-1");
  EXPECT_EQ(seen->leased_until, got.until);
  EXPECT_EQ(pend_score(job), to_ms(got.until));
  EXPECT_EQ(counts(job).leased, 1U);
}

TEST_F(Jobs, AnUnknownJobIsGoneForEveryScript) {
  const auto job = new_job(create());
  redis({"ZADD", keys_.pend(job.id.partition()), "1", job.id.text()});
  EXPECT_EQ(claim(job, claim_args()).kind, Claim::Kind::gone);
  EXPECT_FALSE(is_pending(job)) << "a dangling entry is taken out";
  EXPECT_EQ(due(job), Due::gone);
  EXPECT_EQ(cancel(job), Cancelled::gone);
  EXPECT_EQ(finish(job, finish_args(job, "t")), Finished::fenced);
  EXPECT_EQ(release(job, "t", {}), Released::fenced);
  EXPECT_FALSE(renew(job, claim_args()));
}

TEST_F(Jobs, RenewExtendsOnlyTheHoldersLeaseAndNeverShortensIt) {
  const auto job = submitted(create());
  auto args = claim_args(seconds{40});
  ASSERT_EQ(claim(job, args).kind, Claim::Kind::claimed);
  args.lease = seconds{100};
  const auto before = now();
  EXPECT_TRUE(renew(job, args));
  EXPECT_GE(record(job)->leased_until, before + seconds{100});
  const auto until = record(job)->leased_until;
  args.lease = seconds{1};
  EXPECT_TRUE(renew(job, args));
  EXPECT_EQ(record(job)->leased_until, until);
  EXPECT_EQ(pend_score(job), to_ms(until));
  args.token = make_token(rng_);
  EXPECT_FALSE(renew(job, args));
}

TEST_F(Jobs, AnExpiredLeaseIsRetriedAfterABackoffWithJitter) {
  struct Case {
    std::uint32_t jitter;
    std::int64_t wait_ms;
  };
  for (const auto& c : {Case{0, 800}, Case{500, 1'000}, Case{1'000, 1'200}}) {
    SCOPED_TRACE(c.jitter);
    const auto job = submitted(create(), new_run());
    claimed(job);
    EXPECT_EQ(due(job), Due::not_yet) << "the lease runs";
    expire_lease(job);
    const auto before = to_ms(now());
    EXPECT_EQ(due(job, c.jitter), Due::retried);
    const auto seen = record(job);
    EXPECT_EQ(seen->state, JobState::ready);
    EXPECT_EQ(seen->kills, 1);
    EXPECT_EQ(seen->error, "the lease expired");
    EXPECT_NEAR(static_cast<double>(pend_score(job) - before), static_cast<double>(c.wait_ms), 100);
    EXPECT_EQ(counts(job).leased, 0U);
    const auto early = claim(job, claim_args());
    EXPECT_EQ(early.kind, Claim::Kind::postponed) << "a duplicate hint does not jump the backoff";
    EXPECT_EQ(to_ms(early.until), pend_score(job));
  }
}

TEST_F(Jobs, TheThirdExpiredLeaseIsDeath) {
  const auto job = submitted(create(), new_run());
  for (int kill = 1; kill <= kMaxKills; ++kill) {
    claimed(job);
    expire_lease(job);
    EXPECT_EQ(due(job), kill < kMaxKills ? Due::retried : Due::dead);
    make_due(job);
  }
  const auto seen = record(job);
  EXPECT_EQ(seen->state, JobState::dead);
  EXPECT_EQ(seen->kills, kMaxKills);
  EXPECT_EQ(counts(job).dead, 1U);
  EXPECT_EQ(counts(job).leased, 0U);
  EXPECT_NE(redis({"ZSCORE", keys_.dead(job.id.partition()), job.id.text()}), "(nil)");
  EXPECT_GT(std::stoll(redis({"PTTL", keys_.job(job.id)})), 29LL * 86'400'000);
  EXPECT_EQ(due(job), Due::gone);
  EXPECT_FALSE(is_pending(job));
}

TEST_F(Jobs, ReleaseTable) {
  using Kind = Release::Kind;
  struct Case {
    const char* name;
    Kind kind;
    int attempts_before, kills_before;
    Released want;
    int attempts, kills;
    std::int64_t wait_ms;
  };
  const Case cases[] = {
      {"give back costs nothing", Kind::give_back, 1, 2, Released::ready, 0, 2, 0},
      {"blame costs no attempt", Kind::blame, 5, 2, Released::ready, 4, 2, 0},
      {"retry waits", Kind::retry, 1, 0, Released::ready, 1, 0, 1'000},
      {"retry waits longer each time", Kind::retry, 4, 0, Released::ready, 4, 0, 8'000},
      {"retry dies after the last attempt", Kind::retry, 5, 0, Released::dead, 5, 0, 0},
      {"crash counts a kill", Kind::crash, 1, 0, Released::ready, 1, 1, 1'000},
      {"crash dies at the third kill", Kind::crash, 3, 2, Released::dead, 3, 3, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto job = submitted(create(), new_run());
    const auto token = claimed(job);
    redis({"HSET", keys_.job(job.id), "att", std::to_string(c.attempts_before), "kills",
           std::to_string(c.kills_before)});
    EXPECT_EQ(release(job, make_token(rng_), {c.kind, 7, "x", 500}), Released::fenced);
    const auto before = to_ms(now());
    EXPECT_EQ(release(job, token, {c.kind, 7, "it broke", 500}), c.want);
    const auto seen = record(job);
    EXPECT_EQ(seen->attempts, c.attempts);
    EXPECT_EQ(seen->kills, c.kills);
    EXPECT_EQ(seen->error, "it broke");
    EXPECT_EQ(counts(job).leased, 0U);
    EXPECT_EQ(counts(job).dead, c.want == Released::dead ? 1U : 0U);
    EXPECT_EQ(seen->off,
              c.kind == Kind::blame ? std::vector<std::uint8_t>{7} : std::vector<std::uint8_t>{});
    ASSERT_EQ(is_pending(job), c.want == Released::ready);
    if (c.want == Released::ready) {
      EXPECT_NEAR(static_cast<double>(pend_score(job) - before), static_cast<double>(c.wait_ms),
                  150);
    }
    EXPECT_EQ(release(job, token, {}), Released::fenced) << "a second release changes nothing";
  }
}

TEST_F(Jobs, BlamedPluginsAddUpAndBlamingOneTwiceIsACrash) {
  const auto job = submitted(create());
  auto token = claimed(job);
  EXPECT_EQ(release(job, token, {Release::Kind::blame, 7, "", 0}), Released::ready);
  token = claimed(job);
  EXPECT_EQ(release(job, token, {Release::Kind::blame, 17, "", 0}), Released::ready);
  const auto args = claim_args();
  EXPECT_EQ(claim(job, args).off, (std::vector<std::uint8_t>{7, 17}));
  EXPECT_EQ(release(job, args.token, {Release::Kind::blame, 7, "", 0}), Released::ready);
  EXPECT_EQ(record(job)->kills, 1);
  EXPECT_EQ(record(job)->off, (std::vector<std::uint8_t>{7, 17}));
}

TEST_F(Jobs, AnErrorTextIsCutToTwoHundredBytes) {
  const auto job = submitted(create());
  const auto token = claimed(job);
  release(job, token, {Release::Kind::retry, 0, std::string(1'000, 'e'), 0});
  EXPECT_EQ(record(job)->error.size(), 200U);
}

TEST_F(Jobs, CancelEndsReadyAndLeasedJobsAndFencesTheirFinish) {
  for (const bool is_leased : {false, true}) {
    SCOPED_TRACE(is_leased);
    const auto job = submitted(create(), new_run());
    const auto token = is_leased ? claimed(job) : std::string{"t"};
    EXPECT_EQ(cancel(job), Cancelled::cancelled);
    EXPECT_EQ(cancel(job), Cancelled::already_ended);
    EXPECT_EQ(record(job)->state, JobState::cancelled);
    EXPECT_FALSE(is_pending(job));
    EXPECT_EQ(finish(job, token), Finished::fenced);
    EXPECT_EQ(counts(job).cancelled, 1U);
    EXPECT_EQ(counts(job).leased, 0U);
    EXPECT_EQ(claim(job, claim_args()).kind, Claim::Kind::refused);
  }
}

TEST_F(Jobs, ACancelledJobOfTheSchedulerIsForgotten) {
  const auto job = submitted(create());
  EXPECT_EQ(cancel(job), Cancelled::cancelled);
  EXPECT_FALSE(record(job));
  EXPECT_EQ(cancel(job), Cancelled::gone);
}

TEST_F(Jobs, RemovingAnAssetCancelsItsJobsWhenTheyAreNextTouched) {
  struct Case {
    const char* name;
    bool is_leased;
    std::function<bool(const JobRef&, const std::string&)> touch;
  };
  const Case cases[] = {
      {"claim", false,
       [&](const auto& j, const auto&) {
         return claim(j, claim_args()).kind == Claim::Kind::cancelled;
       }},
      {"due", false,
       [&](const auto& j, const auto&) {
         make_due(j);
         return due(j) == Due::cancelled;
       }},
      {"expired", true,
       [&](const auto& j, const auto&) {
         expire_lease(j);
         return due(j) == Due::cancelled;
       }},
      {"finish", true,
       [&](const auto& j, const auto& t) { return finish(j, t) == Finished::cancelled; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto asset = create();
    const auto job = submitted(asset, new_run());
    const auto token = c.is_leased ? claimed(job) : std::string{};
    remove(asset);
    EXPECT_TRUE(c.touch(job, token));
    EXPECT_EQ(record(job)->state, JobState::cancelled);
    EXPECT_EQ(record(job)->error, "the asset was removed");
    EXPECT_FALSE(is_pending(job));
    EXPECT_EQ(counts(job).cancelled, 1U);
    EXPECT_EQ(counts(job).leased, 0U);
    EXPECT_FALSE(head_of(asset.id)) << "nothing was written for the removed asset";
  }
}

}  // namespace
}  // namespace webmon::store
