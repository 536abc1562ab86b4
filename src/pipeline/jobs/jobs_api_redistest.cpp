#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>

#include "lib/store/fleet.hpp"
#include "lib/wire/frames.hpp"
#include "pipeline/jobs/jobs_api.hpp"
#include "tests/support/redis_server.hpp"

namespace webmon {
namespace {

/// The port's other real form: keeps what it was given, and is full whenever the test says so.
class KeepingSender final : public JobSender {
 public:
  bool send(JobId id) noexcept override {
    if (is_full) return false;
    sent.push_back(id);
    return true;
  }
  std::vector<JobId> sent;
  bool is_full = false;
};

/// A list of assets that breaks off before its first page.
class FailingSource final : public AssetSource {
 public:
  void next(Done done) override { done(fail(Errc::store_down, "gone")); }
};

class JobsApiTest : public ::testing::Test {
 protected:
  testing::RedisServer server;
  Loop loop;
  SeededRng rng{7};
  KeepingSender sender;
  store::Keys keys;
  std::unique_ptr<store::LoopRedis> redis;
  std::unique_ptr<JobsApi> jobs;

  void SetUp() override {
    store::RedisConfig config;
    config.address.unix_socket = server.socket_path();
    redis = std::make_unique<store::LoopRedis>(loop, config);
    jobs = std::make_unique<JobsApi>(*redis, keys, sender, system_clock(), rng);
    ASSERT_TRUE(turn_until([&] { return redis->is_up(); }));
  }

  template <class Condition>
  bool turn_until(Condition condition) {
    const auto end = system_clock().mono() + seconds{60};
    for (;;) {  // asks once a turn: some conditions do something
      if (condition()) return true;
      if (system_clock().mono() >= end) return false;
      loop.turn(milliseconds{20});
    }
  }

  std::vector<store::Reply> ask(store::Batch batch) {
    std::optional<Result<std::vector<store::Reply>>> answer;
    redis->send(std::move(batch), [&](auto replies) { answer = std::move(replies); });
    EXPECT_TRUE(turn_until([&] { return answer.has_value(); }));
    EXPECT_TRUE(answer && answer->has_value());
    return answer && *answer ? std::move(**answer) : std::vector<store::Reply>{};
  }

  Asset add_asset(const std::string& url, std::vector<std::string> tags = {}, bool enabled = true) {
    Asset asset;
    asset.url = *parse_url(url);
    asset.id = make_id<AssetId>(system_clock().wall(), rng, partition_of_host(asset.url.host));
    asset.tags = std::move(tags);
    asset.enabled = enabled;
    store::Batch batch;
    store::add_asset_create(batch, keys, asset);
    const auto replies = ask(std::move(batch));
    EXPECT_TRUE(store::read_asset_create(replies.at(0))->is_new);
    return asset;
  }

  std::vector<Asset> add_assets(int count) {
    std::vector<Asset> assets;
    for (int i = 0; i < count; ++i) {
      assets.push_back(add_asset("http://h" + std::to_string(i) + ".example/"));
    }
    return assets;
  }

  Result<std::vector<SubmittedJob>> submit(std::vector<JobRequest> requests) {
    std::optional<Result<std::vector<SubmittedJob>>> answer;
    jobs->submit(std::move(requests), [&](auto result) { answer = std::move(result); });
    EXPECT_TRUE(turn_until([&] { return answer.has_value(); }));
    return answer ? std::move(*answer) : Result<std::vector<SubmittedJob>>{fail(Errc::timeout)};
  }

  Result<RunStarted> start_run(RunRequest request, std::unique_ptr<AssetSource> source) {
    std::optional<Result<RunStarted>> answer;
    jobs->start_run(std::move(request), std::move(source),
                    [&](auto result) { answer = std::move(result); });
    EXPECT_FALSE(answer.has_value()) << "the callback was called from within";
    EXPECT_TRUE(turn_until([&] { return answer.has_value(); }));
    return answer ? std::move(*answer) : Result<RunStarted>{fail(Errc::timeout)};
  }

  store::RunHeader header_of(RunId id) {
    store::Batch batch;
    store::add_run_header(batch, keys, id);
    return **store::read_run_header(id, ask(std::move(batch)).front());
  }

  std::unique_ptr<AssetSource> all() { return filter_source(*redis, keys, {}); }

  static std::vector<Target> targets_of(const std::vector<Asset>& assets) {
    std::vector<Target> targets;
    for (const auto& asset : assets) targets.push_back({asset.id, asset.url.host});
    return targets;
  }
};

TEST_F(JobsApiTest, SendsEachIdOnceItsRecordIsInRedis) {
  const auto asset = add_asset("http://a.example/");
  const auto jobs_made = submit({{asset.id, asset.url.host, {}, {}}});
  ASSERT_TRUE(jobs_made) << jobs_made.error().detail;
  ASSERT_EQ(sender.sent.size(), 1U);
  EXPECT_EQ(sender.sent[0], jobs_made->front().id);
  EXPECT_EQ(jobs_made->front().id.partition(), asset.id.partition());
  EXPECT_EQ(jobs_made->front().outcome, store::Submitted::created);
  EXPECT_EQ(server.command({"HGET", keys.job(sender.sent[0]), "st"}), "ready");
}

TEST_F(JobsApiTest, LeavesAnIdThatCannotBeSentToTheDueScan) {
  const auto asset = add_asset("http://a.example/");
  sender.is_full = true;
  const auto made = submit({{asset.id, asset.url.host, {}, {}}});
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(jobs->counters().unsent, 1U);
  EXPECT_EQ(jobs->counters().sent, 0U);
  EXPECT_NE(server.command({"ZSCORE", keys.pend(asset.id.partition()), made->front().id.text()}),
            "(nil)");
}

TEST_F(JobsApiTest, MakesTheSameJobForTheSameKey) {
  const auto asset = add_asset("http://a.example/");
  const auto first = submit({{asset.id, asset.url.host, {}, "k1"}});
  const auto again = submit({{asset.id, asset.url.host, {}, "k1"}});
  const auto other = submit({{asset.id, asset.url.host, {}, "k2"}});
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->front().id, again->front().id);
  EXPECT_EQ(again->front().outcome, store::Submitted::existed);
  EXPECT_NE(first->front().id, other->front().id);
  EXPECT_EQ(sender.sent.size(), 2U);
}

TEST_F(JobsApiTest, SaysWhichAssetsDoNotExist) {
  const auto nobody = make_id<AssetId>(system_clock().wall(), rng, 3);
  const auto made = submit({{nobody, "a.example", {}, {}}});
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->front().outcome, store::Submitted::no_asset);
  EXPECT_TRUE(sender.sent.empty());
}

TEST_F(JobsApiTest, SubmitsMoreThanOneBatchInOrder) {
  const auto asset = add_asset("http://a.example/");
  std::vector<JobRequest> requests;
  for (std::size_t i = 0; i < JobsApi::kBatch * 2 + 1; ++i) {
    requests.push_back({asset.id, asset.url.host, {}, "key" + std::to_string(i)});
  }
  const auto made = submit(requests);
  ASSERT_TRUE(made) << made.error().detail;
  ASSERT_EQ(made->size(), requests.size());
  ASSERT_EQ(sender.sent.size(), requests.size());
  for (std::size_t i = 0; i < made->size(); ++i) EXPECT_EQ((*made)[i].id, sender.sent[i]);
}

TEST_F(JobsApiTest, AnEmptySubmissionIsAnsweredAtOnce) {
  bool is_called = false;
  jobs->submit({}, [&](auto result) { is_called = result && result->empty(); });
  EXPECT_TRUE(is_called);
}

TEST_F(JobsApiTest, FailsWithStoreDownWhenRedisIsAway) {
  const auto asset = add_asset("http://a.example/");
  server.kill();
  const auto made = submit({{asset.id, asset.url.host, {}, {}}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::store_down);
  EXPECT_TRUE(sender.sent.empty());
}

TEST_F(JobsApiTest, ARunCountsItsJobsAndSkipsDisabledAssets) {
  const auto assets = add_assets(20);
  add_asset("http://off.example/", {}, false);
  const auto run = start_run({"all", {}, "f"}, all());
  ASSERT_TRUE(run) << run.error().detail;
  EXPECT_EQ(run->kind, RunStarted::Kind::started);
  EXPECT_EQ(run->submitted, 20U);
  EXPECT_EQ(run->skipped, 1U);
  EXPECT_EQ(run->jobs.size(), 20U);
  EXPECT_EQ(run->epoch, 1U);

  store::Batch batch;
  store::add_run_header(batch, keys, run->id);
  const auto header = store::read_run_header(run->id, ask(std::move(batch)).at(0));
  ASSERT_TRUE(header && *header);
  EXPECT_TRUE((*header)->is_complete);
  EXPECT_EQ((*header)->submitted, 20U);
  store::Batch counts;
  store::add_run_counts(counts, keys, **header);
  const auto sum = store::sum_run_counts(ask(std::move(counts)));
  ASSERT_TRUE(sum) << sum.error().detail;
  EXPECT_EQ(sum->total, 20U);
  EXPECT_EQ(sum->ready(), 20U);
}

TEST_F(JobsApiTest, ARunOfATagTakesOnlyItsAssets) {
  add_asset("http://a.example/", {"blue"});
  add_asset("http://b.example/", {"red"});
  add_asset("http://c.example/", {"blue", "red"});
  store::AssetFilter filter;
  filter.tag = "blue";
  const auto run = start_run({"tag:blue", {}, "f"}, filter_source(*redis, keys, filter));
  ASSERT_TRUE(run) << run.error().detail;
  EXPECT_EQ(run->submitted, 2U);
}

TEST_F(JobsApiTest, ARunOverOnePartitionGoesOverMoreThanOnePage) {
  std::vector<Asset> assets;
  for (int i = 0; i < 1'050; ++i) {
    assets.push_back(add_asset("http://one.example/" + std::to_string(i)));
  }
  const auto run = start_run({"all", {}, "f"}, all());
  ASSERT_TRUE(run) << run.error().detail;
  EXPECT_EQ(run->submitted, assets.size());
  const std::set<JobId> distinct{run->jobs.begin(), run->jobs.end()};
  EXPECT_EQ(distinct.size(), assets.size());
}

TEST_F(JobsApiTest, ARepeatedKeyAnswersWithTheSameRunAndJobs) {
  const auto assets = add_assets(5);
  const auto first = start_run({"all", "key-1", "f"}, all());
  const auto again = start_run({"all", "key-1", "f"}, all());
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->kind, RunStarted::Kind::repeated);
  EXPECT_EQ(first->id, again->id);
  EXPECT_EQ(again->submitted, 5U);
  auto jobs_first = first->jobs;
  auto jobs_again = again->jobs;
  std::ranges::sort(jobs_first);
  std::ranges::sort(jobs_again);
  EXPECT_EQ(jobs_first, jobs_again);
  EXPECT_EQ(sender.sent.size(), 5U);
}

TEST_F(JobsApiTest, AKeyWithAnotherRequestIsRefused) {
  const auto assets = add_assets(1);
  ASSERT_TRUE(start_run({"all", "key-1", "f"}, all()));
  const auto other = start_run({"ids", "key-1", "g"}, fixed_source(targets_of(assets)));
  ASSERT_TRUE(other) << other.error().detail;
  EXPECT_EQ(other->kind, RunStarted::Kind::mismatch);
  EXPECT_EQ(sender.sent.size(), 1U);
}

TEST_F(JobsApiTest, AKeyWhoseRunIsGoneStartsNothing) {
  const auto assets = add_assets(1);
  const auto first = start_run({"all", "key-1", "f"}, all());
  ASSERT_TRUE(first);
  server.command({"DEL", keys.run(first->id)});
  const auto again = start_run({"all", "key-1", "f"}, all());
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->kind, RunStarted::Kind::retired);
  EXPECT_EQ(sender.sent.size(), 1U);
}

TEST_F(JobsApiTest, AnInterruptedRunIsContinuedByItsKey) {
  const auto assets = add_assets(4);
  // What a crash after half of the jobs leaves: the key, an incomplete header, some jobs.
  const auto first = start_run({"all", "key-1", "f"}, all());
  ASSERT_TRUE(first);
  const auto key = keys.idempotency(first->id.partition(), first->id.text());
  server.command({"SET", key, "f"});
  store::RunHeader header;
  header.id = first->id;
  header.what = "all";
  header.parts.set(assets[0].id.partition());
  store::Batch batch;
  store::add_run_put(batch, keys, header);
  ask(std::move(batch));

  const auto again = start_run({"all", "key-1", "f"}, all());
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->kind, RunStarted::Kind::started);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(again->submitted, 4U);
  EXPECT_EQ(sender.sent.size(), 4U) << "no job was made twice";
}

TEST_F(JobsApiTest, AContinuedRunKeepsThePartitionsItHasRecorded) {
  const auto assets = add_assets(4);
  const auto first = start_run({"all", "key-1", "f"}, all());
  ASSERT_TRUE(first);
  const auto before = header_of(first->id);
  ASSERT_TRUE(before.parts.any());
  server.command({"SET", keys.idempotency(first->id.partition(), first->id.text()), "f"});
  auto header = before;
  header.is_complete = false;
  store::Batch batch;
  store::add_run_put(batch, keys, header);
  ask(std::move(batch));
  // It dies again before its first page: who removes the run must still find all of its jobs.
  ASSERT_FALSE(start_run({"all", "key-1", "f"}, std::make_unique<FailingSource>()));
  EXPECT_EQ(header_of(first->id).parts, before.parts);
}

TEST_F(JobsApiTest, ARunOfNothingIsCompleteAtOnce) {
  const auto run = start_run({"all", {}, "f"}, all());
  ASSERT_TRUE(run) << run.error().detail;
  EXPECT_EQ(run->submitted, 0U);
}

TEST_F(JobsApiTest, ARunFailsWhenRedisGoesAwayInTheMiddle) {
  add_assets(3);
  server.kill();
  const auto run = start_run({"all", {}, "f"}, all());
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, Errc::store_down);
}

TEST_F(JobsApiTest, TheRealSenderReachesADispatcher) {
  bus::Context context;
  auto receiver = bus::Socket::open(context, bus::Role::job_receiver);
  ASSERT_TRUE(receiver);
  ASSERT_TRUE(receiver->bind("tcp://127.0.0.1:*"));
  auto real = BusJobSender::open(context, receiver->endpoint());
  ASSERT_TRUE(real) << real.error().detail;
  const auto id = make_id<JobId>(system_clock().wall(), rng, 5);
  ASSERT_TRUE(turn_until([&] { return real->send(id); })) << "never connected";
  bus::Frames frames;
  ASSERT_TRUE(turn_until([&] { return receiver->receive(frames); }));
  EXPECT_EQ(*wire::parse_job(frames), id);
}

TEST_F(JobsApiTest, TheRealSenderDoesNotBlockWithoutADispatcher) {
  bus::Context context;
  auto real = BusJobSender::open(context, "tcp://127.0.0.1:1");
  ASSERT_TRUE(real) << real.error().detail;
  EXPECT_FALSE(real->send(make_id<JobId>(system_clock().wall(), rng, 5)));
}

}  // namespace
}  // namespace webmon
