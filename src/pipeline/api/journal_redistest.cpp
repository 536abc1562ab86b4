// Redis dies by SIGKILL and comes back from an older snapshot, while the api lives.
#include "lib/core/id.hpp"
#include "lib/store/assets.hpp"
#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

struct JournalRedis : ApiTest {
  /// Calls of a command since Redis started, as INFO counts them.
  std::uint64_t calls(const std::string& command) {
    const auto info = redis.command({"INFO", "commandstats"});
    const auto name = "cmdstat_" + command + ":calls=";
    const auto at = info.find(name);
    return at == info.npos ? 0 : std::stoull(info.substr(at + name.size()));
  }
  void restart() {
    redis.kill();
    redis.start();
    ASSERT_TRUE(webmon::testing::wait_until([&] { return get("/api/v1/fleet").status == 200; },
                                            seconds{30}));
  }
  void snapshot() { ASSERT_EQ(post("/api/v1/snapshots", {}).status, 201); }
  /// Cuts the api's connection, as a network would.
  void cut() {
    const auto before = calls("script|load");
    redis.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    ASSERT_TRUE(webmon::testing::wait_until(
        [&] { return calls("script|load") > before && get("/api/v1/fleet").status == 200; }));
  }
};

TEST_F(JournalRedis, WhatWasAnsweredAfterTheLastSnapshotIsThereAgainExactlyOnce) {
  const auto kept = add("http://kept.example/", R"(,"tags":["old"])");
  const auto doomed = add("http://doomed.example/");
  const auto saved = add("http://saved.example/");
  const auto purged = add("http://purged.example/");
  const auto traveller = add("http://before.example/");
  ASSERT_EQ(call("PUT", "/api/v1/groups/old", R"({"interval_s":60})").status, 201);
  snapshot();

  const auto group = call("PUT", "/api/v1/groups/new", R"({"interval_s":30})");
  ASSERT_EQ(group.status, 201) << group.text;
  ASSERT_EQ(call("DELETE", "/api/v1/groups/old").status, 200);
  const auto first = add("http://first.example/", R"(,"tags":["t"])");
  const auto second = add("http://second.example/", R"(,"tags":["t"])");
  ASSERT_EQ(call("PATCH", "/api/v1/assets/" + kept, R"({"tags":["new"]})").status, 200);
  ASSERT_EQ(call("PATCH", "/api/v1/assets/" + first, R"({"enabled":false})").status, 200);
  ASSERT_EQ(call("DELETE", "/api/v1/assets/" + doomed).status, 200);
  ASSERT_EQ(call("DELETE", "/api/v1/assets/" + saved).status, 200);
  ASSERT_EQ(post("/api/v1/assets/" + saved + "/restore", {}).status, 200);
  ASSERT_EQ(call("DELETE", "/api/v1/assets/" + purged).status, 200);
  ASSERT_EQ(call("DELETE", "/api/v1/assets/" + purged + "?purge=true").status, 200);
  const auto moved =
      call("PATCH", "/api/v1/assets/" + traveller, R"({"url":"http://after.example/"})");
  ASSERT_EQ(moved.status, 200) << moved.text;
  const auto run = post("/api/v1/runs", R"({"assets":[")" + kept + R"(",")" + second + R"("]})",
                        {"Idempotency-Key: once"});
  ASSERT_EQ(run.status, 202) << run.text;
  ASSERT_EQ(run.at("/submitted"), "2");
  const auto cancelled = run.at("/jobs/0");
  ASSERT_EQ(post("/api/v1/jobs/" + cancelled + "/cancel", {}).status, 200);
  restart();

  const auto list = get("/api/v1/assets");
  EXPECT_EQ(list.body.at("items").as_array().size(), 5U) << list.text;
  EXPECT_EQ(get("/api/v1/assets/" + kept).at("/version"), "2");
  EXPECT_EQ(get("/api/v1/assets/" + kept).at("/tags/0"), "new");
  EXPECT_EQ(get("/api/v1/assets?tag=old").body.at("items").as_array().size(), 0U);
  EXPECT_EQ(get("/api/v1/assets/" + first).at("/version"), "2");
  EXPECT_EQ(get("/api/v1/assets/" + first).at("/enabled"), "false");
  EXPECT_EQ(get("/api/v1/assets/" + first).at("/state"), "paused");
  EXPECT_EQ(get("/api/v1/assets/" + doomed).status, 410);
  EXPECT_EQ(get("/api/v1/assets/" + saved).status, 200);
  EXPECT_EQ(get("/api/v1/assets/" + purged).status, 404);
  EXPECT_EQ(get("/api/v1/assets/" + traveller).status, 308);
  EXPECT_EQ(get("/api/v1/assets/" + moved.at("/id")).at("/url"), "http://after.example/");

  EXPECT_EQ(get("/api/v1/groups/new").at("/interval_s"), "30");
  EXPECT_EQ(get("/api/v1/groups/new").at("/version"), group.at("/version"));
  EXPECT_EQ(get("/api/v1/groups/old").status, 404);

  const auto status = get("/api/v1/runs/" + run.at("/id"));
  ASSERT_EQ(status.status, 200) << status.text;
  EXPECT_EQ(status.at("/complete"), "true");
  EXPECT_EQ(status.at("/submitted"), "2");
  EXPECT_EQ(status.at("/jobs/total"), "2");
  EXPECT_EQ(status.at("/jobs/ready"), "1");
  EXPECT_EQ(status.at("/jobs/cancelled"), "1");
  EXPECT_EQ(get("/api/v1/runs/" + run.at("/id") + "/jobs").body.at("items").as_array().size(), 2U);
  EXPECT_EQ(get("/api/v1/jobs/" + cancelled).at("/state"), "cancelled");
  const auto again = post("/api/v1/runs", R"({"assets":[")" + kept + R"(",")" + second + R"("]})",
                          {"Idempotency-Key: once"});
  EXPECT_EQ(again.at("/id"), run.at("/id"));
  EXPECT_EQ(again.at("/repeated"), "true");
  EXPECT_EQ(get("/api/v1/runs/" + run.at("/id")).at("/jobs/total"), "2");
}

TEST_F(JournalRedis, WhatASnapshotHoldsIsNotReplayed) {
  const auto early = add("http://early.example/");
  restart();
  EXPECT_EQ(get("/api/v1/assets/" + early).status, 200) << "no snapshot was ever taken";
  EXPECT_EQ(calls("set"), 1U) << "one part was replayed";
  EXPECT_TRUE(webmon::testing::wait_until([&] { return control->soon > 1; }))
      << "a snapshot was asked for afterwards";
  snapshot();
  restart();
  EXPECT_EQ(get("/api/v1/assets/" + early).at("/version"), "1");
  EXPECT_EQ(calls("set"), 0U);
  EXPECT_EQ(calls("evalsha"), 1U) << "the check of the schema, nothing else";
}

TEST_F(JournalRedis, ALargeRunComesBackInSeveralPartsWithEveryJobOnce) {
  constexpr std::size_t kAssets = 2'500;
  store::Batch batch;
  for (std::size_t i = 0; i < kAssets; ++i) {
    Asset asset;
    asset.url = *parse_url("http://host" + std::to_string(i) + ".example/");
    asset.id = make_id<AssetId>(system_clock().wall(), rng, partition_of_host(asset.url.host));
    store::add_asset_create(batch, keys, asset);
  }
  redis_batch(std::move(batch));
  snapshot();
  const auto run = post("/api/v1/runs", R"({"all":true})");
  ASSERT_EQ(run.status, 202) << run.text;
  restart();
  EXPECT_GT(calls("set"), 2U) << "parts";
  const auto status = get("/api/v1/runs/" + run.at("/id"));
  EXPECT_EQ(status.at("/complete"), "true") << status.text;
  EXPECT_EQ(status.at("/submitted"), std::to_string(kAssets));
  EXPECT_EQ(status.at("/jobs/total"), std::to_string(kAssets));
  EXPECT_EQ(status.at("/jobs/ready"), std::to_string(kAssets));
}

TEST_F(JournalRedis, AnImportedHistoryThatGrewIsNotSetBack) {
  const auto id = add("http://before.example/");
  const auto moved = call("PATCH", "/api/v1/assets/" + id, R"({"url":"http://after.example/"})");
  ASSERT_EQ(moved.status, 200) << moved.text;
  store::Batch batch;
  const auto key = keys.asset(*parse_id<AssetId>(moved.at("/id")));
  batch.add({"HSET", key, "n", "7"});  // as an executor's commit does
  redis_batch(std::move(batch));
  redis.stop();  // saves all, at the epoch that it had: the epoch alone cannot tell
  redis.start();
  ASSERT_TRUE(
      webmon::testing::wait_until([&] { return get("/api/v1/fleet").status == 200; }, seconds{30}));
  EXPECT_EQ(get("/api/v1/assets/" + moved.at("/id")).at("/n"), "7");
  EXPECT_EQ(calls("set"), 0U);
}

TEST_F(JournalRedis, AConnectionThatBreaksWhileRedisLivesReplaysNothing) {
  const auto id = add("http://a.example/");
  const auto before = calls("set");
  cut();
  EXPECT_EQ(calls("set"), before);
  EXPECT_EQ(get("/api/v1/assets/" + id).at("/version"), "1");
}

TEST_F(JournalRedis, SecondsAfterASnapshotTheJournalIsEmptyAndRedisIsLeftAlone) {
  add("http://a.example/");
  snapshot();
  const auto reads = [&] { return calls("hmget"); };
  const auto asset = add("http://b.example/");
  EXPECT_TRUE(webmon::testing::wait_until([&, first = reads()] { return reads() > first; }))
      << "it looks whether snapshots have ended";
  snapshot();
  // Two looks apart by more than their period: none came in between.
  std::uint64_t last = 0;
  MonoTime since{};
  EXPECT_TRUE(webmon::testing::wait_until(
      [&] {
        const auto now = system_clock().mono();
        if (const auto seen = reads(); seen != last) {
          last = seen;
          since = now;
        }
        return now - since > milliseconds{1'500};
      },
      seconds{20}));
}

}  // namespace
}  // namespace webmon::api
