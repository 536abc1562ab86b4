#include "lib/store/redis_fixture.hpp"

namespace webmon::store {
namespace {

class Runs : public RedisTest {
 protected:
  std::optional<RunHeader> header(RunId id) {
    return ask([&](Batch& b) { add_run_header(b, keys_, id); },
               [&](const Reply& r) { return read_run_header(id, r); });
  }
  std::vector<JobId> jobs_of(RunId id, Partition p) {
    return ask([&](Batch& b) { add_run_jobs(b, keys_, id, p, 0, 200); }, read_job_ids);
  }
  std::int64_t retire(RunId id, Partition p) {
    const auto jobs = jobs_of(id, p);
    return ask([&](Batch& b) { add_run_retire(b, keys_, id, p, jobs); }, as_integer);
  }
};

TEST_F(Runs, HeadersAreWrittenUpdatedAndListedNewestFirst) {
  RunHeader run;
  run.id = new_run();
  run.what = "tag:news";
  run.created = store_time_ms(5'000);
  run.parts.set(3).set(63);
  tell([&](Batch& b) {
    const auto count = add_run_put(b, keys_, run);
    EXPECT_EQ(count, b.size());
  });
  run.submitted = 12;
  run.is_complete = true;
  tell([&](Batch& b) { add_run_put(b, keys_, run); });
  const auto seen = header(run.id);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->what, "tag:news");
  EXPECT_EQ(seen->created, run.created);
  EXPECT_EQ(seen->submitted, 12U);
  EXPECT_TRUE(seen->is_complete);
  EXPECT_EQ(seen->parts, run.parts);
  EXPECT_EQ(to_ms(seen->ended), 0);
  RunHeader newer;
  newer.id = new_run(40);
  newer.created = store_time_ms(6'000);
  tell([&](Batch& b) { add_run_put(b, keys_, newer); });
  const auto list = [&](std::size_t count) {
    return ask([&](Batch& b) { add_run_list(b, keys_, count); }, read_run_list);
  };
  EXPECT_EQ(list(10), (std::vector{newer.id, run.id}));
  EXPECT_EQ(list(1), (std::vector{newer.id}));
  EXPECT_TRUE(list(0).empty());
  EXPECT_FALSE(header(new_run()));
}

TEST_F(Runs, TheEndIsMarkedOnce) {
  RunHeader run;
  run.id = new_run();
  tell([&](Batch& b) {
    add_run_put(b, keys_, run);
    add_run_mark_ended(b, keys_, run.id, store_time_ms(7));
    add_run_mark_ended(b, keys_, run.id, store_time_ms(8));
  });
  EXPECT_EQ(to_ms(header(run.id)->ended), 7);
}

TEST_F(Runs, ARunThatARestartTookAwayIsNotMarked) {
  const auto gone = new_run();
  tell([&](Batch& b) { add_run_mark_ended(b, keys_, gone, store_time_ms(7)); });
  EXPECT_EQ(redis({"EXISTS", keys_.run(gone)}), "0") << "nobody would ever delete it";
}

TEST_F(Runs, CountsAreTheSumOverItsPartitions) {
  RunHeader run;
  run.id = new_run();
  std::vector<JobRef> jobs;
  for (const char* host : {"a", "b", "c", "d"}) {
    const auto asset = create(std::string{"http://"} + host + ".example/");
    run.parts.set(asset.id.partition());
    jobs.push_back(submitted(asset, run.id));
    jobs.push_back(submitted(asset, run.id));
  }
  finish(jobs[0], finish_args(jobs[0], claimed(jobs[0]), AssetState::down));
  claimed(jobs[1]);
  cancel(jobs[2]);
  Batch batch;
  ASSERT_EQ(add_run_counts(batch, keys_, run), run.parts.count());
  const auto sum = sum_run_counts(call(std::move(batch)));
  ASSERT_TRUE(sum);
  EXPECT_EQ(sum->total, 8U);
  EXPECT_EQ(sum->done, 1U);
  EXPECT_EQ(sum->leased, 1U);
  EXPECT_EQ(sum->cancelled, 1U);
  EXPECT_EQ(sum->ready(), 5U);
  EXPECT_EQ(sum->states[static_cast<std::size_t>(AssetState::down)], 1U);
  EXPECT_FALSE(sum->has_ended());
}

TEST_F(Runs, RetirementDeletesJobsThenTheRunAndKeepsDeadLetters) {
  const auto asset = create();
  const auto p = asset.id.partition();
  RunHeader run;
  run.id = new_run();
  run.parts.set(p);
  tell([&](Batch& b) { add_run_put(b, keys_, run); });
  std::vector<JobRef> jobs;
  for (int i = 0; i < 4; ++i) jobs.push_back(submitted(asset, run.id));
  finish(jobs[0], claimed(jobs[0]));
  cancel(jobs[1]);
  EXPECT_EQ(retire(run.id, p), 2) << "it stops at the first job that has not ended";
  EXPECT_TRUE(record(jobs[2]));
  const auto token = claimed(jobs[2]);
  redis({"HSET", keys_.job(jobs[2].id), "att", "5"});
  EXPECT_EQ(release(jobs[2], token, {Release::Kind::retry, 0, "x", 0}), Released::dead);
  finish(jobs[3], claimed(jobs[3]));
  EXPECT_EQ(retire(run.id, p), 0);
  EXPECT_FALSE(record(jobs[0]));
  EXPECT_FALSE(record(jobs[3]));
  EXPECT_EQ(record(jobs[2])->state, JobState::dead) << "a dead letter lives its 30 days";
  tell([&](Batch& b) {
    const auto count = add_run_delete(b, keys_, run);
    EXPECT_EQ(count, b.size());
  });
  EXPECT_FALSE(header(run.id));
  EXPECT_EQ(redis({"EXISTS", keys_.run_part(p, run.id), keys_.run_jobs(p, run.id), keys_.kept(p),
                   keys_.runs()}),
            "0");
}

TEST_F(Runs, ARepeatedRetirementOfTheSameIdsTakesNothingElse) {
  const auto asset = create();
  const auto p = asset.id.partition();
  const auto run = new_run();
  std::vector<JobRef> jobs;
  for (int i = 0; i < 3; ++i) {
    jobs.push_back(submitted(asset, run));
    cancel(jobs.back());
  }
  const std::vector first{jobs[0].id};
  const auto again = [&] {
    return ask([&](Batch& b) { add_run_retire(b, keys_, run, p, first); }, as_integer);
  };
  EXPECT_EQ(again(), 2);
  EXPECT_EQ(again(), 2);
  EXPECT_TRUE(record(jobs[1]));
}

TEST_F(Runs, EndedJobsAboveTheBoundAreFoundOldestFirstAndDeleted) {
  const auto asset = create();
  const auto p = asset.id.partition();
  const auto run = new_run();
  std::vector<JobId> ids;
  for (int i = 0; i < 6; ++i) {
    const auto job = submitted(asset, run);
    cancel(job);
    redis({"ZADD", keys_.kept(p), std::to_string(i), job.id.text()});
    ids.push_back(job.id);
  }
  const auto surplus = [&](std::size_t most, std::size_t limit) {
    Batch batch;
    EXPECT_EQ(add_kept_overflow(batch, keys_, p, limit), 2U);
    return *read_kept_overflow(call(std::move(batch)), most);
  };
  EXPECT_TRUE(surplus(6, 200).empty());
  EXPECT_EQ(surplus(4, 200), (std::vector{ids[0], ids[1]}));
  EXPECT_EQ(surplus(0, 3), (std::vector{ids[0], ids[1], ids[2]}));
  const auto old = surplus(4, 200);
  EXPECT_EQ(ask([&](Batch& b) { add_kept_retire(b, keys_, p, old); }, as_integer), 4);
  EXPECT_EQ(redis({"EXISTS", keys_.job(ids[0]), keys_.job(ids[1])}), "0");
  EXPECT_EQ(redis({"EXISTS", keys_.job(ids[2])}), "1");
  EXPECT_EQ(retire(run, p), 0) << "jobs that are gone already do not stop the run's retirement";
}

}  // namespace
}  // namespace webmon::store
