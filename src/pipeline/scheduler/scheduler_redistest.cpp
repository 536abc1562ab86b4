// The scheduler on a real Redis: restarts, outages, too many open jobs, data of an older build.
#include <gtest/gtest.h>

#include <set>

#include "lib/store/assets.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/groups.hpp"
#include "pipeline/scheduler/scheduler.hpp"
#include "tests/support/redis_server.hpp"

namespace webmon::scheduler {
namespace {

using store::Batch;
using store::Reply;

class SchedulerTest : public ::testing::Test {
 protected:
  store::RedisConfig redis_config() const {
    store::RedisConfig config;
    config.address.unix_socket = server_.socket_path();
    return config;
  }
  std::unique_ptr<Scheduler> make(ScheduleConfig config = {}) {
    Outlet outlet{[this] { return credits_; },
                  [this](JobId id) {
                    EXPECT_TRUE(got_.insert(id).second) << "each id once";
                    --credits_;
                  }};
    return std::make_unique<Scheduler>(loop_, system_clock(), rng_, redis_, keys_,
                                       std::move(outlet), config);
  }
  /// Ticks until `is_true`; false after ten seconds.
  bool run(Scheduler& scheduler, const std::function<bool()>& is_true) {
    const auto deadline = system_clock().mono() + seconds{10};
    while (!is_true()) {
      if (system_clock().mono() >= deadline) return false;
      scheduler.tick(true);
      loop_.turn(milliseconds{2});
    }
    return true;
  }
  /// A whole walk, and so many passes.
  void run_a_walk(Scheduler& scheduler) {
    const auto before = scheduler.counters().walks;
    ASSERT_TRUE(run(scheduler, [&] { return scheduler.counters().walks > before; }));
    int turns = 0;
    ASSERT_TRUE(run(scheduler, [&] { return ++turns > 20; }));
  }

  std::vector<Reply> ask(const Batch& batch) {
    std::optional<std::vector<Reply>> replies;
    const auto deadline = system_clock().mono() + seconds{10};
    while (!replies && system_clock().mono() < deadline) {
      bool is_done = false;
      redis_.send(batch, [&](Result<std::vector<Reply>> result) {
        if (result) replies = std::move(*result);
        is_done = true;
      });
      while (!is_done) loop_.turn(milliseconds{10});
    }
    return std::move(*replies);
  }
  Asset create(const std::string& host, const std::function<void(Asset&)>& change = {}) {
    Asset asset;
    asset.url = parse_url("http://" + host + "/").value();
    asset.id = make_id<AssetId>(system_clock().wall(), rng_, partition_of_host(host));
    if (change) change(asset);
    Batch batch;
    store::add_asset_create(batch, keys_, asset);
    EXPECT_TRUE(store::read_asset_create(ask(batch).front())->is_new);
    return asset;
  }
  void create_many(int count) {
    for (int i = 0; i < count; ++i) assets_.push_back(create("h" + std::to_string(i) + ".example"));
  }
  std::optional<StoreTime> time_of(AssetId id) {
    Batch batch;
    store::add_next_times(batch, keys_, id.partition(), {&id, 1});
    return store::read_next_times(ask(batch).front())->front();
  }
  std::vector<std::optional<StoreTime>> times() {
    std::vector<std::optional<StoreTime>> all;
    for (const auto& asset : assets_) all.push_back(time_of(asset.id));
    return all;
  }
  void set_time(AssetId id, std::optional<StoreTime> at) {
    Batch batch;
    store::add_set_next_time(batch, keys_, id, at);
    (void)ask(batch);
  }
  StoreTime now() {
    Batch batch;
    store::add_time(batch);
    return store::read_time(ask(batch).front()).value();
  }
  std::size_t open_jobs() {
    Batch batch;
    for (unsigned p = 0; p < kPartitions; ++p)
      store::add_open_jobs(batch, keys_, static_cast<Partition>(p));
    std::size_t open = 0;
    for (const auto& reply : ask(batch)) open += static_cast<std::size_t>(reply.integer);
    return open;
  }
  AssetId asset_of(JobId id) {
    Batch batch;
    store::add_job_head(batch, keys_, id);
    return store::read_job_head(id, ask(batch).front()).value().value().ref.asset;
  }
  void end_all_jobs() {
    Batch batch;
    for (const auto id : got_) {
      store::JobRef job{id, asset_of(id), {}, "h.example"};
      store::add_cancel(batch, keys_, job);
    }
    (void)ask(batch);
    got_.clear();
  }

  testing::RedisServer server_;
  Loop loop_;
  store::LoopRedis redis_{loop_, redis_config()};
  store::Keys keys_;
  SeededRng rng_{11};
  std::size_t credits_ = 1'000'000;
  std::set<JobId> got_;
  std::vector<Asset> assets_;
};

TEST_F(SchedulerTest, SubmitsWhatIsDueAndHandsTheIdsOn) {
  create_many(30);
  const auto before = now();
  auto scheduler = make();
  ASSERT_TRUE(run(*scheduler, [&] { return got_.size() == 30; }));
  EXPECT_EQ(scheduler->counters().created, 30U);
  EXPECT_EQ(open_jobs(), 30U);
  for (const auto& at : times()) {
    ASSERT_TRUE(at);
    EXPECT_GE(*at, before + milliseconds{150'000});
    EXPECT_LE(*at, latest_check(milliseconds{300'000}, now()));
  }
  EXPECT_EQ(scheduler->lag().count(), 30U);
  EXPECT_LT(scheduler->lag().quantile(1.0), seconds{10});
}

TEST_F(SchedulerTest, ARestartChecksNothingEarlyAndTheTimesSurvive) {
  create_many(20);
  auto first = make();
  ASSERT_TRUE(run(*first, [&] { return got_.size() == 20; }));
  const auto planned = times();
  first.reset();
  auto second = make();
  run_a_walk(*second);
  EXPECT_EQ(second->counters().created, 0U);
  EXPECT_EQ(second->counters().repaired, 0U);
  EXPECT_EQ(times(), planned);
}

TEST_F(SchedulerTest, AfterAnOutageEachOverdueAssetIsCheckedOnce) {
  create_many(20);
  for (std::size_t i = 0; i < assets_.size(); ++i)
    set_time(assets_[i].id, now() - seconds{86'400} + milliseconds{i});
  auto scheduler = make();
  ASSERT_TRUE(run(*scheduler, [&] { return got_.size() == 20; }));
  run_a_walk(*scheduler);
  EXPECT_EQ(scheduler->counters().created, 20U);
  for (const auto& at : times()) EXPECT_GT(*at, now());
}

TEST_F(SchedulerTest, WhileTooManyJobsAreOpenTheRestWaitsAndTheOldestGoFirst) {
  create_many(40);
  for (std::size_t i = 0; i < assets_.size(); ++i)  // the last is the oldest
    set_time(assets_[i].id, now() - milliseconds{1'000 + 1'000 * i});
  ScheduleConfig config;
  config.most_open = 10;
  auto scheduler = make(config);
  ASSERT_TRUE(run(*scheduler, [&] { return scheduler->counters().held_back > 50; }));
  EXPECT_EQ(open_jobs(), 10U);
  std::set<AssetId> served;
  for (const auto id : got_) served.insert(asset_of(id));
  for (std::size_t i = 30; i < 40; ++i) EXPECT_TRUE(served.contains(assets_[i].id)) << i;
  end_all_jobs();
  ASSERT_TRUE(run(*scheduler, [&] { return scheduler->counters().created == 20; }));
  EXPECT_EQ(open_jobs(), 10U);
}

TEST_F(SchedulerTest, IdsWaitForCreditsOfTheStreamer) {
  credits_ = 0;
  create_many(5);
  auto scheduler = make();
  ASSERT_TRUE(run(*scheduler, [&] { return scheduler->counters().created == 5; }));
  EXPECT_TRUE(got_.empty());
  credits_ = 3;
  scheduler->on_credits();
  EXPECT_EQ(got_.size(), 3U);
}

TEST_F(SchedulerTest, WhatAnOlderBuildMadeIsPickedUpAndSpreadOverTheInterval) {
  create_many(40);
  Batch batch;
  for (const auto& asset : assets_) {
    batch.add({"HDEL", keys_.asset(asset.id), "sc"});
    store::add_set_next_time(batch, keys_, asset.id, std::nullopt);
  }
  (void)ask(batch);
  const auto off = create("off.example", [](Asset& a) { a.enabled = false; });
  auto scheduler = make();
  run_a_walk(*scheduler);
  EXPECT_EQ(scheduler->counters().repaired, 40U);
  std::size_t early = 0;
  for (const auto& at : times()) {
    ASSERT_TRUE(at);
    if (*at < now() + milliseconds{150'000}) ++early;
  }
  EXPECT_GT(early, 5U);
  EXPECT_LT(early, 35U);
  EXPECT_FALSE(time_of(off.id));
  EXPECT_LT(scheduler->counters().created, 20U) << "no herd";
}

TEST_F(SchedulerTest, EntriesWithoutAnAssetAreTakenOut) {
  create_many(1);
  const auto stranger = make_id<AssetId>(now(), rng_, 5);
  set_time(stranger, store_time_ms(1'000));
  auto scheduler = make();
  ASSERT_TRUE(run(*scheduler, [&] { return !time_of(stranger); }));
  EXPECT_EQ(scheduler->counters().created, 1U);
}

TEST_F(SchedulerTest, AShorterDefaultBringsTheTimesNear) {
  create_many(20);
  ScheduleConfig daily;
  daily.intervals.all = milliseconds{86'400'000};
  auto first = make(daily);
  ASSERT_TRUE(run(*first, [&] { return got_.size() == 20; }));
  first.reset();
  end_all_jobs();
  auto second = make();
  run_a_walk(*second);
  EXPECT_GT(second->counters().repaired, 15U);
  for (const auto& at : times()) EXPECT_LE(*at, latest_check(milliseconds{300'000}, now()));
}

TEST_F(SchedulerTest, NewIntervalsAreForTheTimesThatAreThereToo) {
  create_many(20);
  ScheduleConfig daily;
  daily.intervals.all = milliseconds{86'400'000};
  auto scheduler = make(daily);
  ASSERT_TRUE(run(*scheduler, [&] { return got_.size() == 20; }));
  end_all_jobs();
  // In the middle of a walk: what is left of it does not count as the new one.
  scheduler->set_intervals({.all = milliseconds{60'000}, .of_tag = {}});
  run_a_walk(*scheduler);
  for (const auto& at : times()) EXPECT_LE(*at, latest_check(milliseconds{60'000}, now()));
  scheduler->set_intervals({.all = std::nullopt, .of_tag = {}});
  run_a_walk(*scheduler);
  for (const auto& at : times()) EXPECT_FALSE(at);
}

TEST_F(SchedulerTest, NeverMeansOnlyAssetsWithAnIntervalOfTheirOwnOrOfATag) {
  create_many(3);
  const auto own = create("own.example", [](Asset& a) { a.interval = seconds{60}; });
  const auto tagged = create("tag.example", [](Asset& a) { a.tags = {"often"}; });
  ScheduleConfig config;
  config.intervals.all.reset();
  config.intervals.of_tag["often"] = milliseconds{10'000};
  auto scheduler = make(config);
  ASSERT_TRUE(run(*scheduler, [&] {
    return scheduler->counters().created == 2 && scheduler->counters().unplanned == 3;
  }));
  run_a_walk(*scheduler);
  EXPECT_EQ(scheduler->counters().created, 2U);
  for (const auto& at : times()) EXPECT_FALSE(at);
  EXPECT_TRUE(time_of(own.id));
  EXPECT_LE(*time_of(tagged.id), latest_check(milliseconds{10'000}, now()));
}

TEST_F(SchedulerTest, AGroupsIntervalStandsAboveItsTagsAndGoesWithTheGroup) {
  const auto tagged = create("tag.example", [](Asset& a) { a.tags = {"often"}; });
  ScheduleConfig config;
  config.intervals.all.reset();
  config.intervals.of_tag["often"] = milliseconds{600'000};
  Group group;
  group.options.interval = seconds{10};
  Batch batch;
  store::add_group_set(batch, keys_, "often", group, {});
  (void)ask(batch);
  auto scheduler = make(config);
  run_a_walk(*scheduler);
  ASSERT_TRUE(time_of(tagged.id));
  EXPECT_LE(*time_of(tagged.id), latest_check(milliseconds{10'000}, now()));
  Batch removal;
  store::add_group_remove(removal, keys_, "often", {});
  (void)ask(removal);
  EXPECT_TRUE(run(*scheduler, [&] {
    if (*time_of(tagged.id) > latest_check(milliseconds{10'000}, now())) return true;
    set_time(tagged.id, now());
    return false;
  })) << "the next one is planned by the tag's interval";
}

TEST_F(SchedulerTest, TwoThatBothBelieveToLeadMakeOneJobOfEachCheck) {
  create_many(60);
  auto one = make();
  auto other = make();
  ASSERT_TRUE(run(*one, [&] {
    other->tick(true);
    return one->counters().created + other->counters().created >= 60;
  }));
  run_a_walk(*one);
  run_a_walk(*other);
  EXPECT_EQ(one->counters().created + other->counters().created, 60U);
  EXPECT_EQ(open_jobs(), 60U);
  EXPECT_EQ(got_.size(), 60U);
}

TEST_F(SchedulerTest, SwitchedOffItSubmitsNothing) {
  create_many(3);
  auto scheduler = make();
  for (int i = 0; i < 50; ++i) {
    scheduler->tick(false);
    loop_.turn(milliseconds{1});
  }
  EXPECT_EQ(open_jobs(), 0U);
  ASSERT_TRUE(run(*scheduler, [&] { return got_.size() == 3; }));
}

}  // namespace
}  // namespace webmon::scheduler
