#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "lib/store/history.hpp"
#include "lib/store/redis_fixture.hpp"
#include "pipeline/api/journal.hpp"
#include "pipeline/executor/commit.hpp"
#include "tests/versions/make_fixtures.hpp"
#include "tests/versions/scene.hpp"

namespace webmon::versions {
namespace {

namespace json = boost::json;
using store::Batch;
using store::JobRef;

class MakeFixtures : public store::RedisTest {
 public:
  explicit MakeFixtures(std::string folder) : folder_{std::move(folder)} {}
  void TestBody() override;

 private:
  Asset make_asset();
  void observe(int i, const store::HistoryLayout& layout, const JobRef& job);
  void make_jobs(const Asset& asset);
  void make_rest(const Asset& asset);
  void dump();
  json::array words_of_key(const std::string& key, const std::string& type);
  void write(const std::string& name, const std::string& bytes);

  std::string folder_;
};

Asset MakeFixtures::make_asset() {
  auto asset = new_asset("http://a.example/page?x=1");
  asset.tags = {"blue", "prod"};
  asset.request.emplace().headers.emplace_back("Accept-Language", "de");
  asset.tls_verify = false;
  asset.plugins = {{"tls-cert", {{"enabled", false}}}, {"html-stats", {{"note", "k\u00e4se"}}}};
  asset.created = asset.updated = store_time_ms(kFirstMs - 2'000);
  ask([&](Batch& b) { add_asset_create(b, keys_, asset); }, store::read_asset_create);
  auto changed = asset;
  changed.tags = {"prod", "shop"};
  changed.updated = store_time_ms(kFirstMs - 1'000);
  ask([&](Batch& b) { add_asset_update(b, keys_, asset, changed); }, store::read_asset_update);
  changed.version = 2;
  return changed;
}

/// One check as the executor does it, of the page of observation `i`.
void MakeFixtures::observe(int i, const store::HistoryLayout& layout, const JobRef& job) {
  auto claim_with = claim_args();
  claim_with.limits = {0.5, 4};
  redis({"DEL", keys_.bucket(job.id.partition(), job.host)});
  ASSERT_EQ(claim(job, claim_with).kind, store::Claim::Kind::claimed);
  const auto head = head_of(job.asset);
  const auto blobs =
      ask([&](Batch& b) { add_asset_blobs(b, keys_, job.asset); }, store::read_asset_blobs);
  const auto page = scene_page(head->asset, i);
  const auto states = store::decode_plugin_states(blobs.report);
  const executor::CheckInput input{.asset = head->asset, .page = page, .states = *states};
  auto verdict =
      executor::judge_entries(head->asset, page, executor::run_plugins(input), blobs.model, false);
  ASSERT_EQ(finish(job, executor::make_finish(*head, page, std::move(verdict.result), job.id,
                                              claim_with.token, layout)),
            store::Finished::done);
}

void MakeFixtures::make_jobs(const Asset& asset) {
  const auto p = asset.id.partition();
  store::RunHeader run;
  run.id = new_run(p);
  run.what = "tag:prod";
  run.created = store_time_ms(kFirstMs + kObservations * kIntervalMs);
  run.submitted = 6;
  run.is_complete = true;
  run.parts.set(p);
  tell([&](Batch& b) { add_run_put(b, keys_, run); });
  observe(kObservations - 1, executor::history_layout(), submitted(asset, run.id));
  const auto leased = submitted(asset, run.id);
  claimed(leased);
  const auto waiting = submitted(asset, run.id);
  release(waiting, claimed(waiting), {store::Release::Kind::retry, 0, "out of memory", 500});
  const auto blamed = submitted(asset, run.id);
  release(blamed, claimed(blamed), {store::Release::Kind::blame, 2, "plugin 2 crashed", 0});
  const auto dead = submitted(asset, run.id);
  for (int kill = 0; kill < store::kMaxKills; ++kill) {
    release(dead, claimed(dead), {store::Release::Kind::crash, 0, "crashed", 0});
    make_due(dead);
  }
  cancel(submitted(asset, run.id));
  submitted(asset);  // of the scheduler
}

void MakeFixtures::make_rest(const Asset& asset) {
  store::RunHeader ended;
  ended.id = new_run();
  ended.what = "all";
  ended.created = store_time_ms(kFirstMs);
  ended.is_complete = true;
  tell([&](Batch& b) { add_run_put(b, keys_, ended); });
  tell([&](Batch& b) { add_run_mark_ended(b, keys_, ended.id, store_time_ms(kFirstMs + 7)); });
  auto paused = new_asset("http://b.example/");
  paused.enabled = false;
  ask([&](Batch& b) { add_asset_create(b, keys_, paused); }, store::read_asset_create);
  tell([&](Batch& b) { add_asset_moved(b, keys_, new_asset("http://c.example/").id, asset.id); });
  const auto snap = [&] {
    return ask([&](Batch& b) { add_snap_state(b, keys_); }, store::read_snap_state);
  };
  for (const char* boot : {"first", "second"}) {
    tell([&](Batch& b) { add_snap_boot(b, keys_, boot, snap(), store_time_ms(0)); });
    for (int i = 0; i < 3; ++i) tell([&](Batch& b) { add_snap_begin(b, keys_); });
    tell([&](Batch& b) { add_snap_durable(b, keys_, snap().epoch - 1, milliseconds{12}); });
  }
  store::ExecutorBeat beat{"host-7-abcd", "host", 64, 3, store_time_ms(kFirstMs + 9)};
  tell([&](Batch& b) { add_beat(b, keys_, beat); });
  api::Journal journal{keys_, std::string(32, 'a')};
  Batch batch;
  add_asset_create(batch, keys_, new_asset("http://d.example/"));
  const auto sent = journal.prepare(batch);
  auto replies = call(std::move(batch));
  journal.answered(*sent, replies);
}

void MakeFixtures::write(const std::string& name, const std::string& bytes) {
  std::ofstream file{folder_ + "/" + name, std::ios::binary};
  file << bytes;
  ASSERT_TRUE(file.flush()) << name;
}

json::array MakeFixtures::words_of_key(const std::string& key, const std::string& type) {
  const auto read = [&](std::initializer_list<std::string_view> words) {
    Batch batch;
    batch.add(words);
    return call(std::move(batch)).front();
  };
  json::array words;
  const auto append = [&](const char* verb, const store::Reply& reply, bool is_scored) {
    words = {verb, key};
    for (std::size_t i = 0; i < reply.items.size(); i += is_scored ? 2 : 1) {
      if (is_scored) words.emplace_back(reply.items[i + 1].text);
      words.emplace_back(reply.items[i].text);
    }
  };
  if (type == "hash") append("HSET", read({"HGETALL", key}), false);
  if (type == "list") append("RPUSH", read({"LRANGE", key, "0", "-1"}), false);
  if (type == "zset") append("ZADD", read({"ZRANGE", key, "0", "-1", "WITHSCORES"}), true);
  if (type != "string") return words;
  static const std::map<std::string, std::string> kFiles{{":m:", "model.bin"},
                                                         {":r:", "report.bin"},
                                                         {":h:", "history.bin"},
                                                         {":h0:", "old_history.bin"}};
  const auto value = read({"GET", key}).text;
  for (const auto& [part, name] : kFiles) {
    if (key.find(part) == key.npos) continue;
    write(name, value);
    return {"SET", key, json::object{{"file", name}}};
  }
  return {"SET", key, value};
}

void MakeFixtures::dump() {
  std::set<std::string> names;
  Batch batch;
  batch.add({"KEYS", "*"});
  const auto replies = call(std::move(batch));
  for (const auto& name : replies.front().items) names.insert(name.text);
  std::string lines;
  for (const auto& name : names) {
    const auto words = words_of_key(name, redis({"TYPE", name}));
    ASSERT_FALSE(words.empty()) << name;
    lines += json::serialize(words) + "\n";
  }
  write("redis.jsonl", lines);
}

void MakeFixtures::TestBody() {
  ASSERT_FALSE(std::filesystem::exists(folder_)) << "old data is never written again";
  std::filesystem::create_directories(folder_);
  ASSERT_TRUE(ask([&](Batch& b) { add_meta_check(b, keys_); },
                  [](const store::Reply& r) -> Result<bool> {
                    const auto checked = store::read_meta_check(r);
                    if (!checked) return fail(checked.error());
                    return true;
                  }));
  const auto asset = make_asset();
  // A ring of an older layout, with fewer columns, stays behind the ring of today.
  const store::HistoryLayout narrow{{101, 102}};
  for (int i = 0; i < kObservations - 1; ++i)
    observe(i, i < 2 ? narrow : executor::history_layout(), submitted(asset));
  make_jobs(asset);
  make_rest(asset);
  dump();
}

}  // namespace

void register_make_fixtures(std::string folder) {
  ::testing::RegisterTest("MakeFixtures", "WritesTheFolder", nullptr, nullptr, __FILE__, __LINE__,
                          [folder]() -> store::RedisTest* { return new MakeFixtures{folder}; });
}

}  // namespace webmon::versions
