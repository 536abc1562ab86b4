// The scheduler as a part of the dispatcher: its ids go the streamer's way, its orders are the
// dispatcher's.
#include "pipeline/dispatcher/test_rig.hpp"

namespace webmon::dispatcher {
namespace {

DispatcherConfig with_schedule() {
  auto config = Rig::quick();
  config.schedule.intervals.all = milliseconds{300'000};
  config.schedule.count_every = milliseconds{20};
  return config;
}

std::int64_t schedule_count(Rig& rig, std::string_view name) {
  return rig.status().at("schedule").at(name).to_number<std::int64_t>();
}

TEST(Schedule, ANewAssetIsCheckedAtOnceWithoutAnybodyAsking) {
  Rig rig;
  rig.lead(with_schedule());
  auto worker = rig.worker();
  const auto asset = rig.make_asset();
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));
  const auto job = parse_id<JobId>(worker->got.front().back()).value();
  EXPECT_EQ(rig.record(job).ref.asset, asset);
  EXPECT_TRUE(rig.record(job).ref.run.is_nil());
  ASSERT_TRUE(rig.until([&] { return schedule_count(rig, "planned") == 1; }));
  EXPECT_EQ(schedule_count(rig, "created"), 1);
  EXPECT_LT(schedule_count(rig, "lag_p99_ms"), 10'000);
  EXPECT_EQ(rig.claim({job, asset, {}, "example.org"}).kind, store::Claim::Kind::claimed);
}

TEST(Schedule, TheLeaderTellsTheFleetHowLateChecksAre) {
  Rig rig;
  rig.lead(with_schedule());
  rig.make_asset();
  const auto told = [&] {
    Batch batch;
    store::add_leader_report_read(batch, rig.keys);
    return store::read_leader_report(rig.ask(batch).at(0)).value();
  };
  ASSERT_TRUE(rig.until([&] { return told() && told()->open_jobs == 1; }));
  EXPECT_EQ(told()->window, 256U);
  EXPECT_EQ(told()->outstanding, 1U) << "no executor";
  EXPECT_LT(told()->lag_p99, seconds{10});
}

TEST(Schedule, PauseStopsItAndResumeGoesOn) {
  Rig rig;
  rig.lead(with_schedule());
  auto worker = rig.worker();
  ASSERT_TRUE(is_ok(rig.command("PAUSE")));
  rig.make_asset();
  const auto looks = rig.count("commands");
  ASSERT_TRUE(rig.until([&] { return rig.count("commands") > looks + 30; }));
  EXPECT_EQ(schedule_count(rig, "created"), 0);
  ASSERT_TRUE(is_ok(rig.command("RESUME")));
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));
  EXPECT_EQ(schedule_count(rig, "created"), 1);
}

TEST(Schedule, AnotherDispatcherGoesOnWhereTheFirstStopped) {
  Rig rig;
  rig.lead(with_schedule());
  rig.make_asset("one.example");
  ASSERT_TRUE(rig.until([&] { return schedule_count(rig, "created") == 1; }));
  rig.dispatcher->drain_and_stop();
  ASSERT_TRUE(rig.until([&] { return !rig.stopped.empty(); }));
  rig.client.reset();
  rig.dispatcher.reset();
  rig.is_ready = false;
  rig.make_asset("two.example");
  rig.lead(with_schedule());
  ASSERT_TRUE(rig.until([&] { return schedule_count(rig, "walks") >= 1; }));
  EXPECT_EQ(schedule_count(rig, "created"), 1) << "only the new one";
  EXPECT_EQ(schedule_count(rig, "planned"), 2);
}

}  // namespace
}  // namespace webmon::dispatcher
