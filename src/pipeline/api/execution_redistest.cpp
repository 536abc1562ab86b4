#include <algorithm>
#include <set>

#include "lib/core/plugin.hpp"
#include "lib/stats/model.hpp"
#include "lib/store/assets.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/history.hpp"
#include "lib/store/report_blob.hpp"
#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

constexpr MetricSpec kMetrics[] = {
    {"size_bytes", 20'001, "bytes", true, 1.0, 0.01, "A number for this test"}};
constexpr Plugin kPlugin{.name = "test-plugin",
                         .number = 200,
                         .version = 1,
                         .stage = Stage::first,
                         .summary = "Stands in for the plugins that only the program links.",
                         .metrics = kMetrics};
const Registration kRegistration{kPlugin};

class Execution : public ApiTest {
 protected:
  /// What an executor does: claims the job and commits one observation.
  void finish_job(const std::string& job_id, double size) {
    const auto id = *parse_id<JobId>(job_id);
    store::Batch first;
    store::add_job_head(first, keys, id);
    const auto ref = (*store::read_job_head(id, redis_batch(std::move(first)).at(0)))->ref;
    store::ClaimArgs claim;
    claim.token = make_token(rng);
    claim.worker = "test";
    claim.limits = {0, 0};
    store::Batch second;
    store::add_claim(second, keys, ref, claim);
    store::add_asset_head(second, keys, ref.asset);
    store::add_model(second, keys, ref.asset);
    const auto replies = redis_batch(std::move(second));
    const auto claimed = *store::read_claim(replies.at(0));
    ASSERT_EQ(claimed.kind, store::Claim::Kind::claimed);
    const auto head = **store::read_asset_head(replies.at(1));
    auto model = *Model::decode(*store::as_text(replies.at(2)));
    const std::vector<Metric> metrics{{20'001, size}};
    model.observe(metrics);

    store::FinishArgs finish;
    finish.token = claim.token;
    finish.rev = head.rev;
    finish.old_state = head.state;
    finish.new_state = AssetState::up;
    finish.observed = claimed.now;
    finish.model = model.encode();
    store::ReportBlob blob;
    blob.observed = claimed.now;
    blob.job = id;
    blob.entries.resize(1);
    auto& report = blob.entries[0].report;
    report.plugin = 200;
    report.version = 1;
    report.metrics = metrics;
    report.facts["colour"] = "blue";
    report.findings.push_back({Severity::info, "seen", "it was seen", "a", "b", "c"});
    finish.report = store::encode(blob);
    const store::HistoryLayout layout{{20'001}};
    finish.history_offset = layout.offset(head.n);
    finish.history_row = layout.row(claimed.now, AssetState::up, false, metrics);
    if (head.history_layout != layout.id()) finish.history_header = layout.header();
    finish.history_size = layout.ring_bytes();
    finish.history_layout = layout.id();
    store::Batch third;
    store::add_finish(third, keys, ref, finish);
    const auto finished = store::read_finish(redis_batch(std::move(third)).back());
    ASSERT_TRUE(finished) << finished.error().detail;
    ASSERT_EQ(*finished, store::Finished::done);
  }
};

TEST_F(Execution, ARunOfIdsAnswersWithItsJobsAndSendsThem) {
  const auto a = add("http://a.example/");
  const auto b = add("http://b.example/", R"(,"enabled":false)");
  const auto run =
      post("/api/v1/runs", R"({"assets":[")" + a + R"(",")" + b + R"(",")" + a + R"("]})");
  ASSERT_EQ(run.status, 202) << run.text;
  EXPECT_EQ(run.at("/submitted"), "2") << "explicit ids run although disabled, and only once";
  EXPECT_EQ(run.at("/skipped"), "0");
  EXPECT_EQ(run.at("/durable"), "false");
  EXPECT_EQ(run.headers.at("location"), "/api/v1/runs/" + run.at("/id"));
  const std::set<std::string> sent{next_job(), next_job()};
  EXPECT_EQ(sent, (std::set<std::string>{run.at("/jobs/0"), run.at("/jobs/1")}));
}

TEST_F(Execution, ARunOfAllOrOfATagSkipsDisabledAssets) {
  add("http://a.example/", R"(,"tags":["t"])");
  add("http://b.example/", R"(,"tags":["t"],"enabled":false)");
  add("http://c.example/");
  const auto all = post("/api/v1/runs", R"({"all":true})");
  ASSERT_EQ(all.status, 202) << all.text;
  EXPECT_EQ(all.at("/submitted"), "2");
  EXPECT_EQ(all.at("/skipped"), "1");
  const auto tagged = post("/api/v1/runs", R"({"tag":"t"})");
  EXPECT_EQ(tagged.at("/submitted"), "1");
  EXPECT_EQ(tagged.at("/skipped"), "1");
}

TEST_F(Execution, ARepeatWithTheSameKeyIsTheSameRun) {
  add("http://a.example/");
  const auto first = post("/api/v1/runs", R"({"all":true})", {"Idempotency-Key: k 1"});
  const auto again = post("/api/v1/runs", R"({"all":true})", {"Idempotency-Key: k 1"});
  ASSERT_EQ(first.status, 202) << first.text;
  ASSERT_EQ(again.status, 202) << again.text;
  EXPECT_EQ(first.at("/id"), again.at("/id"));
  EXPECT_EQ(first.at("/jobs"), again.at("/jobs"));
  EXPECT_EQ(first.at("/repeated"), "false");
  EXPECT_EQ(again.at("/repeated"), "true");
  const auto other = post("/api/v1/runs", R"({"tag":"t"})", {"Idempotency-Key: k 1"});
  EXPECT_EQ(other.status, 422) << other.text;
  EXPECT_EQ(other.code(), "idempotency_mismatch");
}

TEST_F(Execution, AFinishedJobShowsInRunJobStatisticsReportsAndHistory) {
  const auto asset = add("http://a.example/");
  const auto run = post("/api/v1/runs", R"({"all":true})");
  const auto job = run.at("/jobs/0");
  EXPECT_EQ(get("/api/v1/runs/" + run.at("/id")).at("/has_ended"), "false");
  EXPECT_EQ(get("/api/v1/jobs/" + job).at("/state"), "ready");
  finish_job(job, 100);
  const auto second = post("/api/v1/runs", R"({"all":true})");
  finish_job(second.at("/jobs/0"), 300);

  const auto status = get("/api/v1/runs/" + run.at("/id"));
  ASSERT_EQ(status.status, 200) << status.text;
  EXPECT_EQ(status.at("/has_ended"), "true");
  EXPECT_EQ(status.at("/complete"), "true");
  EXPECT_EQ(status.at("/jobs/done"), "1");
  EXPECT_EQ(status.at("/jobs/ready"), "0");
  EXPECT_EQ(status.at("/states/up"), "1");
  const auto record = get("/api/v1/jobs/" + job);
  EXPECT_EQ(record.at("/state"), "done") << record.text;
  EXPECT_EQ(record.at("/result"), "up");
  EXPECT_EQ(record.at("/asset"), asset);
  EXPECT_EQ(record.at("/run"), run.at("/id"));

  const auto path = "/api/v1/assets/" + asset;
  const auto statistics = get(path + "/statistics");
  ASSERT_EQ(statistics.status, 200) << statistics.text;
  EXPECT_EQ(statistics.at("/n"), "2");
  EXPECT_EQ(statistics.at("/state"), "up");
  EXPECT_EQ(statistics.at("/items/0/name"), "size_bytes");
  EXPECT_EQ(statistics.at("/items/0/plugin"), "test-plugin");
  EXPECT_EQ(statistics.at("/items/0/unit"), "bytes");
  EXPECT_EQ(statistics.at("/items/0/n"), "2");
  EXPECT_DOUBLE_EQ(statistics.body.at_pointer("/items/0/mean").to_number<double>(), 200);
  EXPECT_NEAR(statistics.body.at_pointer("/items/0/sd").to_number<double>(), 141.4214, 0.001);
  EXPECT_DOUBLE_EQ(statistics.body.at_pointer("/items/0/last").to_number<double>(), 300);
  EXPECT_EQ(statistics.at("/items/0/recent"), "2");
  EXPECT_DOUBLE_EQ(statistics.body.at_pointer("/items/0/quantiles/p25").to_number<double>(), 150);
  EXPECT_DOUBLE_EQ(statistics.body.at_pointer("/items/0/mad").to_number<double>(),
                   148.2602218505602);
  EXPECT_EQ(statistics.at("/items/0/muted/code"), "warm_up");
  EXPECT_EQ(statistics.at("/items/0/band"), "null");
  EXPECT_FALSE(statistics.body.as_object().contains("times"));
  const auto drawn = get(path + "/statistics?series=true");
  ASSERT_EQ(drawn.status, 200) << drawn.text;
  EXPECT_EQ(drawn.body.at("times").as_array().size(), 2U);
  EXPECT_DOUBLE_EQ(drawn.body.at_pointer("/items/0/series/1").to_number<double>(), 300);
  EXPECT_EQ(get(path + "/statistics?series=yes").status, 400);

  const auto reports = get(path + "/reports");
  ASSERT_EQ(reports.status, 200) << reports.text;
  EXPECT_EQ(reports.at("/job"), second.at("/jobs/0"));
  EXPECT_EQ(reports.at("/items/0/plugin"), "test-plugin");
  EXPECT_EQ(reports.at("/items/0/state"), "ok");
  EXPECT_DOUBLE_EQ(reports.body.at_pointer("/items/0/metrics/size_bytes").to_number<double>(), 300);
  EXPECT_EQ(reports.at("/items/0/units/size_bytes"), "bytes");
  EXPECT_EQ(reports.at("/items/0/facts/colour"), "blue");
  EXPECT_EQ(reports.at("/items/0/findings/0/code"), "seen");

  const auto history = get(path + "/history");
  ASSERT_EQ(history.status, 200) << history.text;
  EXPECT_EQ(history.at("/metrics/0/name"), "size_bytes");
  EXPECT_EQ(history.body.at("items").as_array().size(), 2U);
  EXPECT_DOUBLE_EQ(history.body.at_pointer("/items/1/values/0").to_number<double>(), 300);

  const auto fleet = get("/api/v1/fleet");
  EXPECT_EQ(fleet.at("/assets/total"), "1") << fleet.text;
  EXPECT_EQ(fleet.at("/assets/by_state/up"), "1");
}

TEST_F(Execution, AMovedAssetTakesItsStatisticsAlong) {
  const auto asset = add("http://a.example/");
  finish_job(post("/api/v1/runs", R"({"all":true})").at("/jobs/0"), 100);
  const auto moved =
      call("PATCH", "/api/v1/assets/" + asset, R"({"url":"http://elsewhere.example/"})");
  ASSERT_EQ(moved.status, 200) << moved.text;
  const auto path = "/api/v1/assets/" + moved.at("/id");
  EXPECT_EQ(get(path + "/statistics").at("/n"), "1");
  EXPECT_EQ(get(path + "/statistics").at("/items/0/n"), "1");
  EXPECT_EQ(get(path + "/reports").at("/items/0/plugin"), "test-plugin");
  EXPECT_EQ(get(path + "/history").body.at("items").as_array().size(), 1U);
}

TEST_F(Execution, TheJobsOfARunAreListedInPages) {
  for (int i = 0; i < 25; ++i) add("http://h" + std::to_string(i) + ".example/");
  const auto run = post("/api/v1/runs", R"({"all":true})");
  ASSERT_EQ(run.status, 202) << run.text;
  std::set<std::string> seen;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = get("/api/v1/runs/" + run.at("/id") + "/jobs?limit=10" + cursor);
    ASSERT_EQ(page.status, 200) << page.text;
    for (const auto& item : page.body.at("items").as_array()) {
      EXPECT_TRUE(seen.insert(std::string{item.at("id").as_string()}).second);
    }
    cursor = page.at("/next") == "null" ? "" : "&cursor=" + page.at("/next");
  } while (!cursor.empty() && ++pages < 10);
  EXPECT_EQ(seen.size(), 25U);
}

TEST_F(Execution, RunsAreListedNewestFirst) {
  add("http://a.example/");
  const auto first = post("/api/v1/runs", R"({"all":true})").at("/id");
  ASSERT_TRUE(webmon::testing::wait_until([&] {  // the order is by milliseconds of Redis' clock
    const auto now = redis.command({"TIME"});
    const auto created = redis.command({"ZSCORE", keys.runs(), first});
    return std::stoll(now.substr(0, 10)) * 1'000 > std::stoll(created) + 1'000;
  }));
  const auto second = post("/api/v1/runs", R"({"all":true})").at("/id");
  const auto list = get("/api/v1/runs?limit=2");
  ASSERT_EQ(list.status, 200) << list.text;
  EXPECT_EQ(list.at("/items/0/id"), second);
  EXPECT_EQ(list.at("/items/1/id"), first);
}

TEST_F(Execution, ACancelledRunHasEnded) {
  for (int i = 0; i < 5; ++i) add("http://h" + std::to_string(i) + ".example/");
  const auto run = post("/api/v1/runs", R"({"all":true})");
  finish_job(run.at("/jobs/0"), 1);
  const auto cancelled = post("/api/v1/runs/" + run.at("/id") + "/cancel", {});
  ASSERT_EQ(cancelled.status, 200) << cancelled.text;
  EXPECT_EQ(cancelled.at("/cancelled"), "4");
  const auto status = get("/api/v1/runs/" + run.at("/id"));
  EXPECT_EQ(status.at("/jobs/cancelled"), "4");
  EXPECT_EQ(status.at("/jobs/done"), "1");
  EXPECT_EQ(status.at("/has_ended"), "true");
  EXPECT_EQ(call("DELETE", "/api/v1/runs/" + run.at("/id")).at("/cancelled"), "0");
}

TEST_F(Execution, ACancelledJobSaysSo) {
  add("http://a.example/");
  const auto job = post("/api/v1/runs", R"({"all":true})").at("/jobs/0");
  const auto cancelled = post("/api/v1/jobs/" + job + "/cancel", {});
  ASSERT_EQ(cancelled.status, 200) << cancelled.text;
  EXPECT_EQ(cancelled.at("/cancelled"), "true");
  EXPECT_EQ(cancelled.at("/state"), "cancelled");
  EXPECT_EQ(post("/api/v1/jobs/" + job + "/cancel", {}).at("/cancelled"), "false");
}

TEST_F(Execution, BadRequestsHaveACodeEach) {
  const std::string nobody = "0192f000-0000-7000-8000-000000000000";
  struct Case {
    const char* method;
    std::string path;
    std::string body;
    long status;
    const char* code;
  };
  const Case cases[] = {
      {"POST", "/api/v1/runs", "{}", 422, "bad_input"},
      {"POST", "/api/v1/runs", R"({"all":false})", 422, "bad_input"},
      {"POST", "/api/v1/runs", R"({"all":true,"tag":"x"})", 422, "bad_input"},
      {"POST", "/api/v1/runs", R"({"tag":"{p00}:assets"})", 422, "bad_input"},
      {"POST", "/api/v1/runs", R"({"assets":[]})", 422, "bad_input"},
      {"POST", "/api/v1/runs", R"({"assets":["x"]})", 422, "bad_input"},
      {"POST", "/api/v1/runs", R"({"assets":{}})", 422, "bad_input"},
      {"POST", "/api/v1/runs", R"({"everything":true})", 422, "bad_input"},
      {"POST", "/api/v1/runs", R"({"assets":[")" + nobody + R"("]})", 404, "not_found"},
      {"GET", "/api/v1/runs/" + nobody, "", 404, "not_found"},
      {"GET", "/api/v1/runs/x", "", 400, "bad_id"},
      {"GET", "/api/v1/runs/" + nobody + "/jobs?cursor=x", "", 400, "bad_cursor"},
      {"GET", "/api/v1/runs/" + nobody + "/jobs?cursor=64.0", "", 400, "bad_cursor"},
      {"POST", "/api/v1/runs/" + nobody + "/cancel", "", 404, "not_found"},
      {"GET", "/api/v1/jobs/" + nobody, "", 404, "not_found"},
      {"GET", "/api/v1/jobs/1", "", 400, "bad_id"},
      {"GET", "/api/v1/snapshots/0", "", 400, "bad_id"},
      {"GET", "/api/v1/snapshots/x", "", 400, "bad_id"},
      {"POST", "/api/v1/snapshots", R"({"a":1})", 422, "bad_input"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string{c.method} + " " + c.path + " " + c.body);
    const auto reply = call(c.method, c.path, c.body);
    EXPECT_EQ(reply.status, c.status) << reply.text;
    EXPECT_EQ(reply.code(), c.code);
  }
  const auto key =
      post("/api/v1/runs", R"({"all":true})", {"Idempotency-Key: " + std::string(300, 'k')});
  EXPECT_EQ(key.code(), "bad_idempotency_key") << key.text;
}

TEST_F(Execution, AnEpochGoesFromPendingToDurable) {
  const auto added = post("/api/v1/assets", R"({"url":"http://a.example/"})");
  const auto path = "/api/v1/snapshots/" + added.at("/epoch");
  EXPECT_EQ(get(path).at("/status"), "pending");
  const auto saves = redis.info("rdb_saves");
  const auto snapshot = post("/api/v1/snapshots", {});
  ASSERT_EQ(snapshot.status, 201) << snapshot.text;
  EXPECT_EQ(snapshot.at("/durable"), "true");
  EXPECT_NE(redis.info("rdb_saves"), saves);
  EXPECT_EQ(get(path).at("/status"), "durable");
  EXPECT_EQ(get(path).at("/durable"), "true");
}

TEST_F(Execution, ASnapshotThatNobodyAnswersTimesOut) {
  stop();
  config.limits.snapshot_timeout = milliseconds{300};
  start();
  control->is_silent = true;
  const auto snapshot = post("/api/v1/snapshots", {});
  EXPECT_EQ(snapshot.status, 503) << snapshot.text;
  EXPECT_EQ(snapshot.code(), "snapshot_failed");
}

TEST_F(Execution, PluginsAndHealthAreTold) {
  const auto plugins = get("/api/v1/plugins");
  ASSERT_EQ(plugins.status, 200) << plugins.text;
  EXPECT_EQ(plugins.at("/items/0/name"), "test-plugin");
  EXPECT_EQ(plugins.at("/items/0/metrics/0/unit"), "bytes");
  const auto health = get("/api/v1/health");
  ASSERT_EQ(health.status, 200) << health.text;
  EXPECT_EQ(health.at("/redis"), "up");
  EXPECT_EQ(health.at("/dispatcher"), "down");
  EXPECT_EQ(health.at("/status"), "degraded");
  redis.command({"SET", keys.leader(), "token"});
  EXPECT_EQ(get("/api/v1/health").at("/status"), "ok");
}

TEST_F(Execution, TheFleetShowsExecutorsAlive) {
  store::ExecutorBeat beat;
  beat.id = "ex-1";
  beat.host = "here";
  beat.slots = 64;
  store::Batch batch;
  store::add_beat(batch, keys, beat);
  redis_batch(std::move(batch));
  const auto fleet = get("/api/v1/fleet");
  ASSERT_EQ(fleet.status, 200) << fleet.text;
  EXPECT_EQ(fleet.at("/executors_alive"), "1");
  EXPECT_EQ(fleet.at("/executors/0/id"), "ex-1");
  EXPECT_EQ(fleet.at("/executors/0/slots"), "64");
}

}  // namespace
}  // namespace webmon::api
