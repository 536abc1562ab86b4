// One worker against a real Redis, a real nginx and a real PUSH socket.
#include "lib/store/groups.hpp"
#include "pipeline/executor/executor_fixture.hpp"

namespace webmon::executor {
namespace {

using store::JobState;
class WorkerTest : public ExecutorTest {};

std::uint64_t count_of(const DurationHistogram& histogram) {
  std::uint64_t count = 0;
  for (std::size_t at = 0; at <= DurationHistogram::kBounds.size(); ++at)
    count += histogram.count(at);
  return count;
}

TEST_F(WorkerTest, TwoHundredJobsEndDoneWithOneObservationEach) {
  ThreadedWorker worker{config()};
  std::vector<Asset> assets;
  std::vector<store::JobRef> jobs;
  for (int i = 0; i < 200; ++i) {
    assets.push_back(
        create("/page.html?i=" + std::to_string(i), "127.0.0." + std::to_string(1 + i % 50)));
    jobs.push_back(submit(assets.back()));
  }
  for (const auto& job : jobs) push(job);
  ASSERT_TRUE(turn_until([&] { return worker.counters().done == 200; }));
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    ASSERT_EQ(state_of(jobs[i]), JobState::done);
    const auto head = head_of(assets[i].id);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->n, 1U);
    EXPECT_EQ(head->state, AssetState::up);
    ASSERT_EQ(learned(assets[i].id), 1U);
  }
  EXPECT_EQ(worker.counters().in_flight, 0);
  EXPECT_TRUE(worker.page().held().empty());
  const auto& counted = worker.counters();
  EXPECT_EQ(counted.checks[static_cast<std::size_t>(Outcome::ok)], 200U);
  EXPECT_EQ(count_of(counted.fetch), 200U);
  EXPECT_EQ(count_of(counted.transfer), 200U);
  EXPECT_EQ(count_of(counted.tls), 0U);
  EXPECT_EQ(count_of(counted.plugins[kSize].runs), 200U) << "its plans do not count";
  EXPECT_GT(counted.received_bytes, 200U * 40U);
}

TEST_F(WorkerTest, CommitsReportModelAndHistoryTogether) {
  ThreadedWorker worker{config()};
  const auto asset = create("/page.html");
  ASSERT_TRUE(drive({submit(asset)}));
  ASSERT_TRUE(drive({submit(asset)}));
  const auto report = report_of(asset.id, kSize);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->state, ReportState::ok);
  EXPECT_GT(report->metrics.at(0).value, 40);
  const auto history = store::decode_history(blobs_of(asset.id).history);
  ASSERT_TRUE(history);
  ASSERT_EQ(history->rows.size(), 2U);
  EXPECT_EQ(history->rows[1].state, AssetState::up);
  EXPECT_EQ(history->rows[1].values.at(0), static_cast<float>(report->metrics[0].value));
  EXPECT_GE(history->rows[1].observed, history->rows[0].observed);
  EXPECT_EQ(head_of(asset.id)->observed, history->rows[1].observed);
}

TEST_F(WorkerTest, WhatAGroupSaysIsInForceFromTheNextBeatOn) {
  auto quick = config();
  quick.beat = milliseconds{50};
  ThreadedWorker worker{quick};
  auto asset = create("/page.html");
  const auto before = asset;
  asset.tags = {"quiet"};
  ask([&](auto& b) { store::add_asset_update(b, keys_, before, asset); }, store::read_asset_update);
  ASSERT_TRUE(drive({submit(asset)}));
  ASSERT_TRUE(report_of(asset.id, kSize));
  Group group;
  group.options.plugins = {{"t-size", {{"enabled", false}}}};
  ask([&](auto& b) { store::add_group_set(b, keys_, "quiet", group, {}); },
      store::read_group_changed);
  EXPECT_TRUE(turn_until([&] { return drive({submit(asset)}) && !report_of(asset.id, kSize); }))
      << "its plugin still runs";
  ask([&](auto& b) { store::add_group_remove(b, keys_, "quiet", {}); }, store::read_group_changed);
  EXPECT_TRUE(turn_until([&] { return drive({submit(asset)}) && report_of(asset.id, kSize); }))
      << "its plugin does not run again";
}

TEST_F(WorkerTest, WhatANewerBuildHasLearnedIsLeftAlone) {
  ThreadedWorker worker{config()};
  for (const bool is_model : {true, false}) {
    SCOPED_TRACE(is_model);
    const auto asset = create(is_model ? "/page.html?m" : "/page.html?r");
    const auto key = is_model ? keys_.model(asset.id) : keys_.report(asset.id);
    server_.command({"SET", key, "\x09 of a newer build"});
    const auto job = submit(asset);
    push(job);
    ASSERT_TRUE(turn_until([&] { return !record(job)->error.empty(); }));
    const auto seen = record(job);
    EXPECT_EQ(seen->state, JobState::ready) << "for an executor that can, after a while";
    const auto* says = is_model ? "version 9, this build reads up to version 3"
                                : "version 9, this build reads version 1";
    EXPECT_NE(seen->error.find(says), std::string::npos) << seen->error;
    EXPECT_EQ(server_.command({"GET", key}), "\x09 of a newer build");
    EXPECT_EQ(head_of(asset.id)->n, 0U);
  }
}

TEST_F(WorkerTest, DataOfANewerBuildAtTheStartEndsItUntouched) {
  server_.command({"HSET", keys_.meta(), "schema", "9", "min_reader", "8", "partitions", "64"});
  ThreadedWorker worker{config()};
  EXPECT_TRUE(turn_until([&] { return worker.has_stopped(); }));
  EXPECT_EQ(server_.command({"DBSIZE"}), "1") << "no beat either";
}

TEST_F(WorkerTest, AThrowingPluginIsErrorInItsReportAndTheJobIsDone) {
  ThreadedWorker worker{config()};
  const auto asset = create("/throw.html");
  const auto job = submit(asset);
  ASSERT_TRUE(drive({job}));
  EXPECT_EQ(state_of(job), JobState::done);
  const auto report = report_of(asset.id, kThrow);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->state, ReportState::error);
  EXPECT_EQ(report->reason, "exception");
  EXPECT_EQ(report_of(asset.id, kSize)->state, ReportState::ok);
  EXPECT_EQ(worker.counters().plugins[kThrow].errors, 1U);
  EXPECT_EQ(worker.counters().plugins[kSize].errors, 0U);
}

/// GETs of that path that nginx has logged.
std::ptrdiff_t requests_of(const testing::NginxServer& nginx, const std::string& path) {
  const auto requests = nginx.requests();
  return std::ranges::count(requests, "GET " + path + " " + (path == "/page.html" ? "200" : "404"));
}

TEST_F(WorkerTest, AsksWhatAPluginPlansBesideThePageOnceForAllAssetsOfTheHost) {
  ThreadedWorker worker{config()};
  const auto first = create("/sides.html"), second = create("/sides.html?2");
  ASSERT_TRUE(drive({submit(first)}));
  ASSERT_TRUE(drive({submit(second)}));
  const auto page = nginx_.http_url("/page.html"), missing = nginx_.http_url("/missing.html");
  const auto facts = report_of(first.id, kSize)->facts;
  EXPECT_EQ(facts.at(page).as_string(), "200 <!doctype html>, fresh");
  EXPECT_TRUE(facts.at(missing).as_string().starts_with("404 ")) << "asked after the first answer";
  EXPECT_EQ(facts.at("true").as_string(), "unsupported");
  const auto later = report_of(second.id, kSize)->facts;
  EXPECT_EQ(later.at(page).as_string(), "200 <!doctype html>") << "kept, not fresh";
  EXPECT_EQ(requests_of(nginx_, "/page.html"), 1);
  EXPECT_EQ(requests_of(nginx_, "/missing.html"), 1);
  EXPECT_EQ(worker.counters().sides.asked, 2U);
  EXPECT_EQ(worker.counters().sides.from_memory, 2U);
}

TEST_F(WorkerTest, AnotherExecutorFindsInRedisWhatTheFirstAsked) {
  const auto asset = create("/sides.html");
  {
    ThreadedWorker worker{config()};
    ASSERT_TRUE(drive({submit(asset)}));
  }
  ThreadedWorker worker{config()};
  ASSERT_TRUE(drive({submit(asset)}));
  EXPECT_EQ(requests_of(nginx_, "/page.html"), 1);
  EXPECT_EQ(worker.counters().sides.from_redis, 2U);
  EXPECT_EQ(worker.counters().sides.asked, 0U);
  EXPECT_EQ(report_of(asset.id, kSize)->facts.at(nginx_.http_url("/page.html")).as_string(),
            "200 <!doctype html>");
}

TEST_F(WorkerTest, DuplicateUnknownAndMalformedHintsChangeNothing) {
  ThreadedWorker worker{config()};
  std::vector<store::JobRef> jobs;
  for (int i = 0; i < 20; ++i) jobs.push_back(submit(create("/page.html?i=" + std::to_string(i))));
  for (int round = 0; round < 3; ++round)
    for (const auto& job : jobs) push(job);
  push_frame(make_id<JobId>(store_time_ms(1), rng_, 5).text());
  for (const auto* garbage : {"", "not a job id", "00000000-0000-0000-0000-000000000000"})
    push_frame(garbage);
  const auto& seen = worker.counters();
  ASSERT_TRUE(turn_until([&] {
    return seen.received == 64 && seen.malformed == 3 &&
           seen.done + seen.dropped + seen.refused == 61;
  }));
  EXPECT_EQ(seen.done, 20U);
  for (const auto& job : jobs) EXPECT_EQ(head_of(job.asset)->n, 1U);
}

TEST_F(WorkerTest, OverlappingJobsOfOneAssetAreEachCountedOnce) {
  ThreadedWorker worker{config()};
  const auto asset = create("/slow/two-seconds.html");
  std::vector<store::JobRef> jobs;
  for (int i = 0; i < 5; ++i) jobs.push_back(submit(asset));
  for (const auto& job : jobs) push(job);
  ASSERT_TRUE(drive(jobs));
  EXPECT_GE(worker.counters().stale, 1U) << "they did not overlap";
  EXPECT_EQ(head_of(asset.id)->n, 5U);
  const auto history = store::decode_history(blobs_of(asset.id).history);
  EXPECT_EQ(history->rows.size(), 5U);
  const auto late = static_cast<std::uint32_t>(worker.counters().late);
  EXPECT_EQ(learned(asset.id) + late, 5U) << "a late observation goes into the history only";
}

TEST_F(WorkerTest, ACommitAfterTheLeaseWentToSomebodyElseIsFenced) {
  ThreadedWorker worker{config()};
  const auto asset = create("/slow/two-seconds.html");
  const auto job = submit(asset);
  push(job);
  ASSERT_TRUE(turn_until([&] { return worker.counters().claimed == 1; }));
  steal(job);
  ASSERT_TRUE(turn_until([&] { return worker.counters().fenced == 1; }));
  EXPECT_EQ(state_of(job), JobState::leased);
  EXPECT_EQ(record(job)->worker, "thief");
  EXPECT_EQ(head_of(asset.id)->n, 0U);
}

TEST_F(WorkerTest, ALeaseThatCannotBeRenewedEndsTheJobAtOnce) {
  auto short_lease = config();
  short_lease.lease = milliseconds{1'500};
  ThreadedWorker worker{short_lease};
  const auto job = submit(create("/slow/for-ever.html"));
  push(job);
  ASSERT_TRUE(turn_until([&] { return worker.counters().claimed == 1; }));
  steal(job);
  ASSERT_TRUE(turn_until([&] { return worker.counters().lost == 1; }));
  // The worker's thread counts the loss before it lets go of the job.
  ASSERT_TRUE(turn_until([&] { return worker.counters().in_flight == 0; }, seconds{1}));
  EXPECT_TRUE(worker.page().held().empty());
}

TEST_F(WorkerTest, ALeaseIsRenewedForAsLongAsTheFetchTakes) {
  auto short_lease = config();
  short_lease.lease = milliseconds{1'000};
  ThreadedWorker worker{short_lease};
  const auto job = submit(create("/slow/two-seconds.html"));
  push(job);
  ASSERT_TRUE(turn_until([&] { return worker.counters().done == 1; }));
  EXPECT_EQ(record(job)->attempts, 1);
}

TEST_F(WorkerTest, ARemovedAssetCancelsItsJob) {
  ThreadedWorker worker{config()};
  const auto asset = create("/slow/two-seconds.html");
  const auto job = submit(asset);
  push(job);
  ASSERT_TRUE(turn_until([&] { return worker.counters().claimed == 1; }));
  ask([&](auto& b) { store::add_asset_remove(b, keys_, asset, 0); }, store::read_asset_remove);
  ASSERT_TRUE(turn_until([&] { return worker.counters().cancelled == 1; }));
  EXPECT_EQ(state_of(job), JobState::cancelled);
}

TEST_F(WorkerTest, AChangedRequestIsFetchedAgain) {
  ThreadedWorker worker{config()};
  const auto asset = create("/slow/two-seconds.html");
  const auto job = submit(asset);
  push(job);
  ASSERT_TRUE(turn_until([&] { return worker.counters().claimed == 1; }));
  auto changed = asset;
  changed.url = *parse_url(nginx_.http_url("/page.html"));
  ask([&](auto& b) { store::add_asset_update(b, keys_, asset, changed); },
      store::read_asset_update);
  ASSERT_TRUE(drive({job}));
  EXPECT_EQ(head_of(asset.id)->n, 1U);
  EXPECT_LT(report_of(asset.id, kSize)->metrics.at(0).value, 1'000) << "of the old page";
}

TEST_F(WorkerTest, StoppingGivesLeasesBackAndSaysGoodbye) {
  auto hasty = config();
  hasty.drain = milliseconds{100};
  hasty.beat = milliseconds{50};
  ThreadedWorker worker{hasty};
  const auto job = submit(create("/slow/for-ever.html"));
  push(job);
  const auto executors = [&] { return server_.command({"ZCARD", keys_.executors()}); };
  ASSERT_TRUE(turn_until([&] { return worker.counters().claimed == 1 && executors() == "1"; }));
  worker.stop();
  ASSERT_TRUE(turn_until([&] { return worker.has_stopped(); }));
  EXPECT_EQ(executors(), "0");
  const auto left = record(job);
  EXPECT_EQ(left->state, JobState::ready);
  EXPECT_EQ(left->attempts, 0) << "innocent: the attempt is not counted";
}

TEST_F(WorkerTest, AResultIsKeptWhileRedisIsAwayAndCommittedOnce) {
  ThreadedWorker worker{config()};
  const auto asset = create("/slow/two-seconds.html");
  const auto job = submit(asset);
  push(job);
  ASSERT_TRUE(turn_until([&] { return worker.counters().claimed == 1; }));
  ASSERT_EQ(server_.command({"SAVE"}), "OK");  // the lease is in the snapshot
  server_.kill();
  ASSERT_TRUE(turn_until([&] { return worker.counters().store_failures >= 1; }));
  server_.start();
  ASSERT_TRUE(turn_until([&] { return worker.counters().done == 1; }));
  EXPECT_EQ(head_of(asset.id)->n, 1U);
  EXPECT_EQ(record(job)->attempts, 1);
}

TEST_F(WorkerTest, NothingIsLostWhenRedisIsKilledInTheMiddle) {
  ThreadedWorker worker{config()};
  std::vector<store::JobRef> jobs;
  for (int i = 0; i < 100; ++i) jobs.push_back(submit(create("/page.html?i=" + std::to_string(i))));
  ASSERT_EQ(server_.command({"SAVE"}), "OK");
  for (std::size_t i = 0; i < 50; ++i) push(jobs[i]);
  ASSERT_TRUE(turn_until([&] { return worker.counters().done >= 20; }));
  server_.kill();
  server_.start();
  ASSERT_TRUE(drive(jobs));
  for (const auto& job : jobs) {
    ASSERT_EQ(state_of(job), JobState::done);
    ASSERT_EQ(head_of(job.asset)->n, 1U);
    ASSERT_EQ(learned(job.asset), 1U);
  }
}

}  // namespace
}  // namespace webmon::executor
