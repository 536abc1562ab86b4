// Politeness: one host's rate and concurrency hold across all executors, and waiting costs no
// attempt.
#include "lib/store/redis_fixture.hpp"

namespace webmon::store {
namespace {

class HostLimitsTest : public RedisTest {
 protected:
  Claim claim_with(const JobRef& job, HostLimits limits) {
    auto args = claim_args();
    args.limits = limits;
    token_ = args.token;
    return claim(job, args);
  }
  std::string bucket(const Asset& asset) {
    return keys_.bucket(asset.id.partition(), asset.url.host);
  }
  std::string token_;
};

TEST_F(HostLimitsTest, WithoutLimitsTheBucketIsNeverTouched) {
  const auto asset = create();
  const auto job = submitted(asset);
  const auto token = claimed(job);
  finish(job, token);
  EXPECT_EQ(redis({"EXISTS", bucket(asset)}), "0");
}

TEST_F(HostLimitsTest, ABurstOfOneSecondIsGrantedThenJobsAreSpreadByTheRate) {
  const auto asset = create();
  std::vector<JobRef> jobs;
  for (int i = 0; i < 8; ++i) jobs.push_back(submitted(asset));
  const HostLimits limits{2, 0};
  int claimed_now = 0;
  std::vector<StoreTime> slots;
  StoreTime last{};
  for (const auto& job : jobs) {
    const auto got = claim_with(job, limits);
    if (got.kind == Claim::Kind::claimed) {
      ++claimed_now;
      continue;
    }
    ASSERT_EQ(got.kind, Claim::Kind::postponed);
    EXPECT_GT(got.until, got.now);
    slots.push_back(got.until);
    last = got.now;
    EXPECT_EQ(to_ms(got.until), pend_score(job));
    EXPECT_EQ(record(job)->attempts, 0) << "waiting spends no attempt";
    EXPECT_EQ(record(job)->state, JobState::ready);
  }
  EXPECT_GE(claimed_now, 2);
  EXPECT_LE(claimed_now, 3) << "the run itself may have earned one more token";
  for (std::size_t i = 1; i < slots.size(); ++i)
    EXPECT_GE(slots[i] - slots[i - 1], milliseconds{500});
  EXPECT_LE(slots.back() - last, seconds{5});
}

TEST_F(HostLimitsTest, ASlowHostStillGetsItsFirstRequestAndWaitsForTheNext) {
  const auto asset = create();
  const HostLimits limits{0.1, 0};
  EXPECT_EQ(claim_with(submitted(asset), limits).kind, Claim::Kind::claimed);
  const auto got = claim_with(submitted(asset), limits);
  ASSERT_EQ(got.kind, Claim::Kind::postponed);
  EXPECT_GT(got.until - got.now, seconds{9});
  EXPECT_LE(got.until - got.now, seconds{10});
}

TEST_F(HostLimitsTest, TokensComeBackWithTime) {
  const auto asset = create();
  const HostLimits limits{1, 0};
  EXPECT_EQ(claim_with(submitted(asset), limits).kind, Claim::Kind::claimed);
  EXPECT_EQ(claim_with(submitted(asset), limits).kind, Claim::Kind::postponed);
  // The bucket believes that its last grant was two seconds ago.
  redis({"HSET", bucket(asset), "at", std::to_string(to_ms(now()) - 2'000)});
  EXPECT_EQ(claim_with(submitted(asset), limits).kind, Claim::Kind::claimed);
  EXPECT_EQ(claim_with(submitted(asset), limits).kind, Claim::Kind::postponed) << "capacity is one";
}

TEST_F(HostLimitsTest, AClockThatStepsBackGrantsNothingAndBlocksNothingForLong) {
  const auto asset = create();
  const HostLimits limits{1, 0};
  EXPECT_EQ(claim_with(submitted(asset), limits).kind, Claim::Kind::claimed);
  redis({"HSET", bucket(asset), "at", std::to_string(to_ms(now()) + 3'600'000)});
  const auto got = claim_with(submitted(asset), limits);
  ASSERT_EQ(got.kind, Claim::Kind::postponed);
  EXPECT_LE(got.until - got.now, seconds{2});
}

TEST_F(HostLimitsTest, AtMostSoManyAtOnceAndEveryWayOutGivesTheSlotBack) {
  using Way = std::function<void(const JobRef&, const std::string&)>;
  const std::pair<const char*, Way> ways[] = {
      {"finish", [&](const auto& j, const auto& t) { EXPECT_EQ(finish(j, t), Finished::done); }},
      {"release",
       [&](const auto& j, const auto& t) { EXPECT_EQ(release(j, t, {}), Released::ready); }},
      {"crash",
       [&](const auto& j, const auto& t) {
         EXPECT_EQ(release(j, t, {Release::Kind::crash, 0, "", 0}), Released::ready);
       }},
      {"cancel", [&](const auto& j, const auto&) { EXPECT_EQ(cancel(j), Cancelled::cancelled); }},
      {"expiry",
       [&](const auto& j, const auto&) {
         expire_lease(j);
         EXPECT_EQ(due(j), Due::retried);
       }},
  };
  for (const auto& [name, leave] : ways) {
    SCOPED_TRACE(name);
    const auto asset = create(std::string{"http://"} + name + ".example/");
    const HostLimits limits{0, 2};
    const auto one = submitted(asset);
    const auto two = submitted(asset);
    const auto three = submitted(asset);
    EXPECT_EQ(claim_with(one, limits).kind, Claim::Kind::claimed);
    EXPECT_EQ(claim_with(two, limits).kind, Claim::Kind::claimed);
    const auto token = token_;
    const auto got = claim_with(three, limits);
    ASSERT_EQ(got.kind, Claim::Kind::postponed);
    EXPECT_GE(got.until - got.now, milliseconds{100});
    EXPECT_LE(got.until - got.now, milliseconds{500});
    EXPECT_EQ(busy(asset), "2");
    leave(two, token);
    EXPECT_EQ(busy(asset), "1");
    make_due(three);
    EXPECT_EQ(claim_with(three, limits).kind, Claim::Kind::claimed);
    EXPECT_EQ(busy(asset), "2");
  }
}

TEST_F(HostLimitsTest, AJobClaimedWithoutALimitGivesBackNoSlotOfOthers) {
  const auto asset = create();
  const auto free_job = submitted(asset);
  const auto token = claimed(free_job);
  EXPECT_EQ(claim_with(submitted(asset), {0, 1}).kind, Claim::Kind::claimed);
  EXPECT_EQ(finish(free_job, token), Finished::done);
  EXPECT_EQ(busy(asset), "1");
}

TEST_F(HostLimitsTest, TheBucketOutlivesEveryLeaseAndThenExpires) {
  const auto asset = create();
  const auto job = submitted(asset);
  auto args = claim_args(seconds{40});
  args.limits = {0, 2};
  ASSERT_EQ(claim(job, args).kind, Claim::Kind::claimed);
  const auto life = [&] { return std::stoll(redis({"PTTL", bucket(asset)})); };
  EXPECT_GT(life(), 99'000);
  EXPECT_LE(life(), 100'000);
  args.lease = seconds{600};
  EXPECT_TRUE(renew(job, args));
  EXPECT_GT(life(), 659'000);
  EXPECT_EQ(claim_with(submitted(asset), {0, 2}).kind, Claim::Kind::claimed);
  EXPECT_GT(life(), 659'000) << "a shorter lease does not shorten it";
}

TEST_F(HostLimitsTest, ABucketThatIsGoneIsNotMadeAnewByALateFinish) {
  const auto asset = create();
  const auto job = submitted(asset);
  ASSERT_EQ(claim_with(job, {0, 2}).kind, Claim::Kind::claimed);
  redis({"DEL", bucket(asset)});
  EXPECT_EQ(finish(job, token_), Finished::done);
  EXPECT_EQ(redis({"EXISTS", bucket(asset)}), "0");
}

}  // namespace
}  // namespace webmon::store
