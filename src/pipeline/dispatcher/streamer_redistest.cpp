// Streamer, redelivery, window and runs against a real Redis and real sockets.
#include <algorithm>
#include <map>
#include <set>

#include "pipeline/dispatcher/test_rig.hpp"

namespace webmon::dispatcher {
namespace {

TEST(Dispatcher, StreamsAJobToAWorkerAndFreesItsPlaceOnceItIsClaimed) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  rig.push(job.id.text());
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));
  EXPECT_EQ(worker->got.front(), bus::Frames{job.id.text()});
  EXPECT_EQ(rig.status().at("outstanding").as_int64(), 1);
  EXPECT_EQ(rig.claim(job).kind, store::Claim::Kind::claimed);
  EXPECT_TRUE(rig.until([&] { return rig.status().at("outstanding").as_int64() == 0; }));
  EXPECT_EQ(rig.count("claimed"), 1);
}

TEST(Dispatcher, AJobWhoseHintWasLostIsFoundByTheDueScan) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  rig.make_due(job.id);
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));
  EXPECT_EQ(worker->got.front(), bus::Frames{job.id.text()});
  EXPECT_EQ(rig.count("redispatched"), 1);
}

TEST(Dispatcher, APushThatNobodyClaimsIsPushedAgain) {
  auto config = Rig::quick();
  config.window.redispatch = milliseconds{100};
  Rig rig;
  rig.lead(config);
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  rig.push(job.id.text());
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 1; }));
  rig.make_due(job.id);
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 2; }));
  EXPECT_EQ(worker->got[1], worker->got[0]);
  EXPECT_GE(rig.count("expired"), 1);
}

TEST(Dispatcher, IdsWaitWhileThereIsNoWorkerAndGoToTheFirstThatComes) {
  Rig rig;
  rig.lead();
  const auto asset = rig.make_asset();
  std::set<std::string> sent, received;
  for (int i = 0; i < 20; ++i) {
    const auto job = rig.submit(asset);
    sent.insert(job.id.text());
    rig.push(job.id.text());
  }
  ASSERT_TRUE(rig.until([&] { return rig.status().at("waiting").as_int64() == 20; }));
  const auto worker = rig.worker();
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 20; }));
  for (const auto& frames : worker->got) received.insert(frames.front());
  EXPECT_EQ(received, sent);
}

TEST(Dispatcher, AnExpiredLeaseMakesTheJobReadyAgain) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  ASSERT_EQ(rig.claim(job, milliseconds{30}).kind, store::Claim::Kind::claimed);
  ASSERT_TRUE(rig.until([&] { return rig.record(job.id).state == store::JobState::ready; }));
  EXPECT_EQ(rig.record(job.id).kills, 1);
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));  // after its backoff
  EXPECT_EQ(worker->got.front(), bus::Frames{job.id.text()});
  EXPECT_EQ(rig.count("retried"), 1);
}

TEST(Dispatcher, LeasesOfADeadExecutorAreTakenFromItAndThoseOfOthersAreNot) {
  auto config = Rig::quick();
  config.executor_grace = milliseconds{0};
  Rig rig;
  rig.lead(config);
  const auto asset = rig.make_asset();
  const auto job = rig.submit(asset);
  ASSERT_EQ(rig.claim(job).kind, store::Claim::Kind::claimed);  // by "test", for 40 s
  const auto other = rig.submit(asset);
  ASSERT_EQ(rig.claim(other).kind, store::Claim::Kind::claimed);
  Batch batch;
  batch.add({"HSET", rig.keys.job(other.id), "wk", "another"});
  // Listed, but its beat has run out.
  batch.add({"ZADD", rig.keys.executors(), std::to_string(to_ms(system_clock().wall())), "test"});
  (void)rig.ask(batch);
  ASSERT_TRUE(rig.until([&] { return rig.record(job.id).state == store::JobState::ready; }));
  EXPECT_EQ(rig.record(job.id).kills, 1);
  EXPECT_EQ(rig.record(other.id).state, store::JobState::leased);
  EXPECT_EQ(rig.count("retried"), 1);
}

TEST(Dispatcher, JobsOfARemovedAssetAreCancelledAndRecordsThatAreGoneLeaveTheIndex) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto asset = rig.make_asset();
  const auto job = rig.submit(asset);
  const auto lost = make_id<JobId>(system_clock().wall(), system_rng(), asset.partition());
  Batch batch;
  batch.add({"DEL", rig.keys.asset(asset)});
  (void)rig.ask(batch);
  rig.make_due(lost);
  rig.make_due(job.id);
  const auto is_index_empty = [&] {
    return rig.server.command({"ZCARD", rig.keys.pend(asset.partition())}) == "0";
  };
  EXPECT_TRUE(rig.until(is_index_empty));
  EXPECT_EQ(rig.count("cancelled"), 1);
  EXPECT_TRUE(worker->got.empty());
}

TEST(Dispatcher, AFullWindowStopsTheIntakeAndClaimsOpenItAgain) {
  auto config = Rig::quick();
  config.window = {.least = 8, .most = 8, .initial = 8};
  Rig rig;
  rig.lead(config);
  const auto worker = rig.worker();
  const auto asset = rig.make_asset();
  std::vector<store::JobRef> all;
  for (int i = 0; i < 40; ++i) {
    all.push_back(rig.submit(asset));
    rig.push(all.back().id.text());
  }
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 8; }));
  rig.turn_for(milliseconds{100});
  EXPECT_EQ(worker->got.size(), 8U);
  for (std::size_t seen = 0; seen < 40; ++seen) {
    ASSERT_TRUE(rig.until([&] { return worker->got.size() > seen; })) << seen;
    const auto id = parse_id<JobId>(worker->got[seen].front());
    const auto at = std::find_if(all.begin(), all.end(), [&](auto& j) { return j.id == *id; });
    ASSERT_NE(at, all.end());
    EXPECT_EQ(rig.claim(*at).kind, store::Claim::Kind::claimed);
  }
}

TEST(Dispatcher, ABacklogIsWorkedOffByTheDueScanAlone) {
  auto config = Rig::quick();
  config.window = {.least = 16, .most = 16, .initial = 16};
  Rig rig;
  rig.lead(config);
  std::set<JobId> left;
  std::map<JobId, store::JobRef> jobs;
  for (int i = 0; i < 100; ++i) {
    const auto host = "h" + std::to_string(i % 10) + ".example";
    const auto job = rig.submit(i < 10 ? rig.make_asset(host) : jobs.begin()->second.asset);
    jobs.emplace(job.id, job);
    left.insert(job.id);
  }
  for (const auto& [id, job] : jobs) rig.make_due(id);
  const auto worker = rig.worker();
  const auto serve = [&] {
    for (; !worker->got.empty(); worker->got.pop_front()) {
      const auto id = parse_id<JobId>(worker->got.front().front());
      (void)rig.claim(jobs.at(*id));
      left.erase(*id);
    }
    return left.empty();
  };
  EXPECT_TRUE(rig.until(serve)) << left.size();
}

TEST(Dispatcher, TheWindowFollowsTheSlotsOfLiveExecutors) {
  Rig rig;
  rig.lead();
  EXPECT_EQ(rig.status().at("window").as_int64(), 256);
  store::ExecutorBeat beat;
  beat.id = "e1";
  beat.host = "here";
  beat.slots = 100;
  beat.beat = system_clock().wall();
  Batch batch;
  (void)store::add_beat(batch, rig.keys, beat);
  (void)rig.ask(batch);
  EXPECT_TRUE(rig.until([&] { return rig.status().at("window").as_int64() == 200; }));
  EXPECT_EQ(rig.status().at("executors").at("count").as_int64(), 1);
}

TEST(Dispatcher, AnEndedRunIsMarkedAndRemovedAfterItsRetention) {
  auto config = Rig::quick();
  config.runs_every = milliseconds{50};
  config.run_retention = milliseconds{300};
  Rig rig;
  rig.lead(config);
  const auto asset = rig.make_asset();
  store::RunHeader run;
  run.id = make_id<RunId>(system_clock().wall(), system_rng(), 0);
  run.what = "ids";
  run.created = system_clock().wall();
  run.submitted = 100;
  run.is_complete = true;
  run.parts.set(asset.partition());
  std::vector<store::JobRef> jobs;
  for (int i = 0; i < 100; ++i) jobs.push_back(rig.submit(asset, run.id));
  Batch batch;
  (void)store::add_run_put(batch, rig.keys, run);
  for (const auto& job : jobs) store::add_cancel(batch, rig.keys, job);
  (void)rig.ask(batch);
  const auto is_marked = [&] {
    return rig.server.command({"HGET", rig.keys.run(run.id), "ended"}) != "(nil)";
  };
  EXPECT_TRUE(rig.until(is_marked));
  const auto is_removed = [&] {
    return rig.server.command({"EXISTS", rig.keys.run(run.id)}) == "0";
  };
  ASSERT_TRUE(rig.until(is_removed));
  EXPECT_EQ(rig.server.command({"EXISTS", rig.keys.job(jobs[0].id)}), "0");
  EXPECT_EQ(rig.server.command({"EXISTS", rig.keys.job(jobs[99].id)}), "0");
  EXPECT_EQ(rig.server.command({"ZCARD", rig.keys.runs()}), "0");
}

}  // namespace
}  // namespace webmon::dispatcher
