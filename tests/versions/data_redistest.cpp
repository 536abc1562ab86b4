// Data of schema 1 in a real Redis: today's readers read it, today's executor and api carry it on.
#include <curl/curl.h>

#include <thread>

#include "lib/change/memory_codec.hpp"
#include "lib/stats/model.hpp"
#include "lib/store/history.hpp"
#include "lib/store/redis_fixture.hpp"
#include "pipeline/api/api.hpp"
#include "pipeline/api/journal.hpp"
#include "pipeline/executor/commit.hpp"
#include "tests/versions/old_data.hpp"
#include "tests/versions/scene.hpp"

namespace webmon::versions {
namespace {

using store::Batch;
using store::JobRef;
using store::JobState;

const AssetId kAsset = *parse_id<AssetId>("00000000-0001-770d-9c66-3cf4d73c4c09");
const RunId kRun = *parse_id<RunId>("00000000-0001-781f-a5fd-143a8d3ef8c9");

JobId job_id(const char* text) { return *parse_id<JobId>(text); }

class DataV1 : public store::RedisTest {
 protected:
  explicit DataV1(const std::string& folder = "v1") { load_old_data(server_, folder); }

  std::optional<JobRef> ref_of(JobId id) {
    const auto head = ask([&](Batch& b) { add_job_head(b, keys_, id); },
                          [&](const store::Reply& r) { return store::read_job_head(id, r); });
    if (!head) return std::nullopt;
    return head->ref;
  }
  store::JobRecord record_of(const char* id) {
    return ask([&](Batch& b) { add_job(b, keys_, job_id(id)); },
               [&](const store::Reply& r) { return store::read_job(job_id(id), r); })
        .value();
  }
  store::AssetBlobs blobs() {
    return ask([&](Batch& b) { add_asset_blobs(b, keys_, kAsset); }, store::read_asset_blobs);
  }
  /// Observation 28, as the executor commits it.
  store::Finished observe_once_more(const JobRef& job, const std::string& token);
};

class DataV2 : public DataV1 {
 protected:
  DataV2() : DataV1{"v2"} {}
};

class DataV3 : public DataV1 {
 protected:
  DataV3() : DataV1{"v3"} {}
};

store::Finished DataV1::observe_once_more(const JobRef& job, const std::string& token) {
  const auto head = head_of(kAsset);
  const auto known = blobs();
  const auto states = store::decode_plugin_states(known.report);
  const auto page = scene_page(head->asset, kObservations);
  const executor::CheckInput input{.asset = head->asset, .page = page, .states = *states};
  auto verdict =
      executor::judge_entries(head->asset, page, executor::run_plugins(input), known.model, false);
  EXPECT_EQ(verdict.warning, "");
  return finish(job, executor::make_finish(*head, page, std::move(verdict.result), job.id, token,
                                           executor::history_layout()));
}

TEST_F(DataV1, ItsSchemaIsAccepted) {
  Batch batch;
  add_meta_check(batch, keys_);
  const auto replies = call(std::move(batch));
  EXPECT_TRUE(store::read_meta_check(replies[0]));
  EXPECT_EQ(redis({"HGET", keys_.meta(), "schema"}), "1");
}

TEST_F(DataV1, TheAssetReadsWithItsCountersAndIsFoundByUrlTagAndState) {
  const auto head = head_of(kAsset);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->rev, 29U);
  EXPECT_EQ(head->n, 27U);
  EXPECT_EQ(head->state, AssetState::changed);
  EXPECT_EQ(to_ms(head->observed), 1'700'007'800'000);
  EXPECT_EQ(head->history_layout, 1'913'520'107U);
  EXPECT_EQ(head->asset.tags, (std::vector<std::string>{"prod", "shop"}));
  const auto found =
      ask([&](Batch& b) { add_url_lookup(b, keys_, head->asset.url); }, store::read_url_lookup);
  EXPECT_EQ(found, kAsset);
  for (const store::AssetFilter& filter :
       {store::AssetFilter{"prod", {}}, store::AssetFilter{{}, AssetState::changed}}) {
    const auto ids =
        ask([&](Batch& b) { add_asset_ids(b, keys_, kAsset.partition(), filter, AssetId{}, 10); },
            store::read_asset_ids);
    EXPECT_EQ(ids, (std::vector<AssetId>{kAsset}));
  }
  const auto moved = ask(
      [&](Batch& b) {
        add_moved(b, keys_, *parse_id<AssetId>("00000000-0001-7af3-bfe2-bfbd6c19aa2e"));
      },
      store::read_moved);
  EXPECT_EQ(moved, kAsset);
  const auto paused = head_of(*parse_id<AssetId>("00000000-0001-74be-83db-e93f1b5e350d"));
  EXPECT_EQ(paused->state, AssetState::paused);
  EXPECT_FALSE(paused->asset.enabled);
}

TEST_F(DataV1, JobsOfEveryStateRead) {
  const auto done = record_of("00000000-0001-7250-a05b-f557a083aec9");
  EXPECT_EQ(done.state, JobState::done);
  EXPECT_EQ(done.result, AssetState::changed);
  EXPECT_EQ(to_ms(done.ended), 1'795'467'868'973);
  EXPECT_EQ(done.ref.run, kRun);
  const auto leased = record_of("00000000-0001-78a2-89a4-dcd62b6bb089");
  EXPECT_EQ(leased.state, JobState::leased);
  EXPECT_EQ(leased.worker, "worker-1");
  EXPECT_EQ(to_ms(leased.leased_until), 1'795'467'908'974);
  const auto waiting = record_of("00000000-0001-772b-8889-25f0b60b4fc9");
  EXPECT_EQ(waiting.state, JobState::ready);
  EXPECT_EQ(waiting.error, "out of memory");
  const auto blamed = record_of("00000000-0001-7c95-a361-5cfe549f1f89");
  EXPECT_EQ(blamed.off, (std::vector<std::uint8_t>{2}));
  const auto dead = record_of("00000000-0001-7ca8-9340-c87ec4ed9c09");
  EXPECT_EQ(dead.state, JobState::dead);
  EXPECT_EQ(dead.kills, 3);
  EXPECT_EQ(dead.attempts, 3);
  EXPECT_EQ(record_of("00000000-0001-7813-9034-2f3bf4be4a89").state, JobState::cancelled);
  const auto scheduled = record_of("00000000-0001-7675-ba2d-eeffa040ff09");
  EXPECT_EQ(scheduled.state, JobState::ready);
  EXPECT_TRUE(scheduled.ref.run.is_nil());
  EXPECT_EQ(to_ms(scheduled.created), 1'795'467'868'979);
}

TEST_F(DataV1, RunsReadWithTheirCounters) {
  const auto header = [&](RunId id) {
    return ask([&](Batch& b) { add_run_header(b, keys_, id); },
               [&](const store::Reply& r) { return store::read_run_header(id, r); });
  };
  const auto run = header(kRun);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->what, "tag:prod");
  EXPECT_EQ(to_ms(run->created), 1'700'008'100'000);
  EXPECT_EQ(run->submitted, 6U);
  EXPECT_TRUE(run->is_complete);
  EXPECT_EQ(run->parts, std::bitset<kPartitions>{0x200});
  const auto sums = counts({job_id("00000000-0001-7250-a05b-f557a083aec9"), kAsset, kRun, ""});
  EXPECT_EQ(sums.total, 6U);
  EXPECT_EQ(sums.leased, 1U);
  EXPECT_EQ(sums.done, 1U);
  EXPECT_EQ(sums.dead, 1U);
  EXPECT_EQ(sums.cancelled, 1U);
  EXPECT_EQ(sums.states[static_cast<std::size_t>(AssetState::changed)], 1U);
  const auto list = ask([&](Batch& b) { add_run_list(b, keys_, 9); },
                        [](const store::Reply& r) { return store::read_run_list(r); });
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0], kRun);
  EXPECT_EQ(to_ms(header(list[1])->ended), 1'700'000'000'007);
}

TEST_F(DataV1, SnapshotStateBeatsAndJournalRead) {
  const auto snap = ask([&](Batch& b) { add_snap_state(b, keys_); }, store::read_snap_state);
  EXPECT_EQ(snap.epoch, 1'000'006U);
  EXPECT_EQ(snap.durable, 1'000'005U);
  EXPECT_EQ(snap.boot, "second");
  EXPECT_EQ(snap.last_duration, milliseconds{12});
  using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  EXPECT_EQ(snap.lost, (Ranges{{4, 1'000'003}}));
  const auto beat =
      ask([&](Batch& b) { add_executor(b, keys_, "host-7-abcd"); },
          [](const store::Reply& r) { return store::read_executor("host-7-abcd", r); });
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->host, "host");
  EXPECT_EQ(beat->slots, 64);
  EXPECT_EQ(beat->in_flight, 3);
  EXPECT_EQ(to_ms(beat->beat), 1'700'000'000'009);
  api::Journal journal{keys_, std::string(32, 'a')};
  Batch batch;
  journal.add_greeting(batch);
  EXPECT_TRUE(journal.greeted(call(std::move(batch))));
}

TEST_F(DataV1, OneMoreObservationGoesOnTopOfIt) {
  const auto job = ref_of(job_id("00000000-0001-7675-ba2d-eeffa040ff09"));
  ASSERT_TRUE(job);
  const auto old = Model::decode(blobs().model);
  ASSERT_TRUE(old);
  const auto old_stats = old->stats();
  ASSERT_EQ(observe_once_more(*job, claimed(*job)), store::Finished::done);
  const auto head = head_of(kAsset);
  EXPECT_EQ(head->n, 28U);
  EXPECT_EQ(head->rev, 30U);
  EXPECT_EQ(to_ms(head->observed), 1'700'008'100'000);
  EXPECT_EQ(head->state, AssetState::up) << "the frame is gone";
  const auto after = blobs();
  const auto model = Model::decode(after.model);
  ASSERT_TRUE(model);
  for (const auto& one : model->stats()) {
    const bool is_new =
        std::ranges::find(old_stats, one.number, &MetricStats::number) == old_stats.end();
    const bool is_retired = find_metric(one.number) == nullptr;
    EXPECT_EQ(one.n, is_new ? 1U : is_retired ? 27U : 28U) << one.number;
    if (one.number != 105) continue;
    EXPECT_NEAR(one.mean, 33.8, 1e-9);  // (27 * 33.78888 + 34.1) / 28
  }
  ASSERT_NE(model->sketch(105), nullptr);
  EXPECT_EQ(model->sketch(105)->count(), 1U) << "timings have quantiles from now on";
  const auto report = store::decode_report_blob(after.report);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->job, job->id);
  const auto hash =
      std::ranges::find(report->entries, 4, [](const auto& entry) { return entry.report.plugin; });
  ASSERT_NE(hash, report->entries.end());
  EXPECT_TRUE(hash->report.findings.empty())
      << "version 2 of the plugin compares nothing with the state that version 1 left";
  const auto ring = store::decode_history(after.history);
  ASSERT_TRUE(ring);
  EXPECT_EQ(to_ms(ring->rows.back().observed), 1'700'008'100'000);
  EXPECT_GE(ring->rows.size(), 1U);
  const auto before = store::decode_history(redis({"GET", keys_.old_history(kAsset)}));
  ASSERT_TRUE(before);
  EXPECT_EQ(ring->rows.size() + before->rows.size(),
            executor::history_layout().id() == 1'913'520'107U ? 28U : 26U)
      << "a new set of metrics starts a new ring and keeps the one before";
}

TEST_F(DataV2, OneMoreObservationGoesOnTopOfIt) {
  const auto job = ref_of(job_id("00000000-0001-7675-ba2d-eeffa040ff09"));
  ASSERT_TRUE(job);
  EXPECT_EQ(head_of(kAsset)->state, AssetState::changed);
  ASSERT_EQ(observe_once_more(*job, claimed(*job)), store::Finished::done);
  EXPECT_EQ(head_of(kAsset)->state, AssetState::up) << "the frame is gone";
  const auto model = Model::decode(blobs().model);
  ASSERT_TRUE(model);
  const auto memory = change::decode(model->page_memory());
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->seen, 27U);
  EXPECT_EQ(memory->waits, 0);
}

TEST_F(DataV3, OneMoreObservationGoesOnTopOfIt) {
  const auto job = ref_of(job_id("00000000-0001-7675-ba2d-eeffa040ff09"));
  ASSERT_TRUE(job);
  ASSERT_EQ(observe_once_more(*job, claimed(*job)), store::Finished::done);
  const auto model = Model::decode(blobs().model);
  ASSERT_TRUE(model);
  ASSERT_NE(model->sketch(105), nullptr);
  EXPECT_EQ(model->sketch(105)->count(), 28U);
}

TEST_F(DataV1, ALeaseOfAnOldBuildExpiresAndTheRunEnds) {
  for (const char* id :
       {"00000000-0001-78a2-89a4-dcd62b6bb089", "00000000-0001-772b-8889-25f0b60b4fc9",
        "00000000-0001-7c95-a361-5cfe549f1f89"}) {
    const auto job = ref_of(job_id(id));
    ASSERT_TRUE(job);
    if (record_of(id).state == JobState::leased) {
      expire_lease(*job);
      EXPECT_EQ(due(*job), store::Due::retried);
    }
    make_due(*job);
    EXPECT_EQ(finish(*job, claimed(*job)), store::Finished::done);
  }
  const auto sums = counts({job_id("00000000-0001-7250-a05b-f557a083aec9"), kAsset, kRun, ""});
  EXPECT_TRUE(sums.has_ended());
  EXPECT_EQ(sums.done, 4U);
  EXPECT_EQ(sums.leased, 0U);
}

/// GET from an api of ours; the body.
std::string get(std::uint16_t port, const std::string& path, long* status) {
  std::string text;
  const auto append = +[](char* data, std::size_t size, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(data, size * count);
    return size * count;
  };
  CURL* curl = curl_easy_init();
  const auto url = fmt::format("http://127.0.0.1:{}/api/v1{}", port, path);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
  *status = 0;
  curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
  curl_easy_cleanup(curl);
  return text;
}

TEST_F(DataV1, TheApiShowsIt) {
  ApiConfig config;
  config.listen = "127.0.0.1:0";
  config.redis = config_of(server_);
  config.jobs_endpoint = config.control_endpoint = "tcp://127.0.0.1:9";
  Api api{config};
  ASSERT_TRUE(api.start());
  std::thread serving{[&] { EXPECT_TRUE(api.run()); }};
  long status = 0;
  EXPECT_TRUE(turn_until([&] {
    get(api.port(), "/fleet", &status);
    return status == 200;
  }));
  struct Case {
    std::string path;
    const char* pointer;
    const char* want;
  };
  const auto asset = "/assets/" + kAsset.text();
  const Case cases[] = {{asset, "/url", "\"http://a.example/page?x=1\""},
                        {asset, "/state", "\"changed\""},
                        {asset + "/statistics", "/n", "27"},
                        {asset + "/statistics", "/items/4/name", "\"total_ms\""},
                        {asset + "/statistics", "/items/4/max", "3.41E1"},
                        {asset + "/reports", "/items/1/state", "\"crit\""},
                        {asset + "/reports", "/items/1/findings/1/code", "\"excessive_change\""},
                        {asset + "/history", "/items/24/state", "\"changed\""},
                        {asset + "/history", "/items/0/observed", "\"2023-11-14T22:23:20.000Z\""},
                        {"/jobs/00000000-0001-7ca8-9340-c87ec4ed9c09", "/state", "\"dead\""},
                        {"/runs/" + kRun.text(), "/jobs/total", "6"},
                        {"/runs/" + kRun.text(), "/jobs/done", "1"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.path + c.pointer);
    const auto text = get(api.port(), c.path, &status);
    EXPECT_EQ(status, 200) << text;
    boost::system::error_code ec;
    const auto body = boost::json::parse(text, ec);
    const auto* value = body.find_pointer(c.pointer, ec);
    EXPECT_EQ(value ? boost::json::serialize(*value) : "(none)", c.want) << text.substr(0, 2'000);
  }
  api.stop();
  serving.join();
}

}  // namespace
}  // namespace webmon::versions
