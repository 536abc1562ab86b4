// Invariants after a long random life: executors that crash, come late or repeat themselves, users
// that cancel, pause and remove. Whatever the order, the books must balance.
#include <map>
#include <set>

#include "lib/store/redis_fixture.hpp"
#include "lib/store/schedule.hpp"

namespace webmon::store {
namespace {

constexpr int kOperations = 5'000;

class Trace : public RedisTest {
 protected:
  struct Held {
    JobRef job;
    std::string token;
  };

  std::uint64_t dice(std::uint64_t sides) { return rng_.next() % sides; }
  template <class T>
  T& any(std::vector<T>& all) {
    return all[dice(all.size())];
  }

  void add_asset() {
    const char* hosts[] = {"a.example", "b.example", "c.example"};
    assets_.push_back(
        create("http://" + std::string{hosts[dice(3)]} + "/" + std::to_string(++pages_)));
  }

  void submit_one() {
    auto job = new_job(any(assets_), dice(2) == 0 ? RunId{} : any(runs_));
    if (submit(job) == Submitted::created) jobs_.push_back(job);
  }

  /// The asset's next check is due: with the time as it is, or as it was.
  void schedule_one(const Asset& asset) {
    const auto read = [&](auto add, auto of) {
      return ask([&](Batch& b) { add(b, keys_, asset.id); }, of);
    };
    const auto fields = read(add_plan_fields, read_plan_fields);
    const auto score = redis({"ZSCORE", keys_.next(asset.id.partition()), asset.id.text()});
    if (score == "(nil)") return;
    const auto job = new_job(asset);
    const auto planned = store_time_ms(std::stoll(score) - (dice(8) == 0 ? 1 : 0));
    const std::vector<PlannedCheck> checks{
        {asset.id, job.id, job.host, planned, planned + seconds{300}, fields->last_job}};
    const auto answer = ask([&](Batch& b) { add_schedule(b, keys_, checks); },
                            [](const Reply& r) { return read_schedule(r, 1); });
    if (answer.front() == Scheduled::created) jobs_.push_back(job);
  }

  void claim_one(const JobRef& job) {
    auto args = claim_args();
    args.limits = {0, 3};
    if (claim(job, args).kind == Claim::Kind::claimed) held_.push_back({job, args.token});
  }

  /// As an executor does: with the revision it has read, or with an old one.
  void finish_one(const Held& held) {
    auto args = finish_args(held.job, held.token, static_cast<AssetState>(1 + dice(4)));
    if (dice(8) == 0) --args.rev;
    args.is_told = dice(2) == 0;
    if (finish(held.job, args) == Finished::done) ++committed_[held.job.asset];
  }

  void release_one(const Held& held) {
    release(held.job, held.token,
            {static_cast<Release::Kind>(dice(4)), static_cast<std::uint8_t>(1 + dice(5)), "x",
             static_cast<std::uint32_t>(dice(1'001))});
  }

  /// Time passes for one job: it is due, and if it is leased its lease is over.
  void due_one(const JobRef& job) {
    const auto seen = record(job);
    const auto name = keys_.job(job.id);
    tell([&](Batch& b) {
      b.add({"ZADD", keys_.pend(job.id.partition()), "XX", "1", job.id.text()});
      if (seen && seen->state == JobState::leased) b.add({"HSET", name, "lt", "1"});
      if (seen && seen->state == JobState::ready) b.add({"HSET", name, "nx", "1"});
    });
    due(job, static_cast<std::uint32_t>(dice(1'001)));
  }

  void pause_one(const Asset& asset) {
    const auto head = head_of(asset.id);
    if (!head) return;
    auto after = head->asset;
    after.enabled = !after.enabled;
    ask([&](Batch& b) { add_asset_update(b, keys_, head->asset, after); }, read_asset_update);
  }

  void remove_one() {
    const auto at = dice(assets_.size());
    const auto head = head_of(assets_[at].id);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->n, committed_[head->asset.id]) << "each commit counted once";
    remove(head->asset);
    assets_.erase(assets_.begin() + static_cast<std::ptrdiff_t>(at));
    add_asset();
  }

  void step() {
    const auto what = dice(100);
    if (what < 20 || jobs_.empty()) return submit_one();
    if (what < 25) return schedule_one(any(assets_));
    if (what < 50) return claim_one(any(jobs_));
    if (what < 60) return due_one(any(jobs_));
    if (what < 63) return void(cancel(any(jobs_)));
    if (what < 64) return remove_one();
    if (what < 66) return pause_one(any(assets_));
    if (held_.empty()) return;
    // Mostly who was given a token last, but also those from long ago.
    const auto& held = dice(3) != 0 ? held_.back() : any(held_);
    if (what < 85) return finish_one(held);
    if (what < 90) return void(renew(held.job, {held.token, "w", seconds{40}, {}}));
    release_one(held);
  }

  std::vector<std::string> all_keys() {
    const auto reply = call([] {
      Batch batch;
      batch.add({"KEYS", "*"});
      return batch;
    }());
    std::vector<std::string> names;
    for (const auto& item : reply[0].items) names.push_back(item.text);
    return names;
  }

  std::vector<Asset> assets_;
  std::vector<RunId> runs_;
  std::vector<JobRef> jobs_;
  std::vector<Held> held_;  ///< tokens ever given out, most of them long worthless
  std::map<AssetId, std::uint64_t> committed_;
};

/// wm:{pNN}:<kind>[:<rest>] with a kind of keys.hpp; a kind that names an id must be followed by
/// one.
bool is_known(std::string_view key) {
  static const std::set<std::string_view> kAlone{"pend", "dead",   "kept", "next",
                                                 "out",  "assets", "urls"};
  static const std::set<std::string_view> kOfId{"a", "m", "r", "j", "rp", "rj"};
  static const std::set<std::string_view> kStaged{"x:m", "x:r"};  // :<id>:<token>
  if (!key.starts_with("wm:{p") || key.substr(7, 2) != "}:") return false;
  key.remove_prefix(9);
  if (kAlone.contains(key)) return true;
  const auto colon = key.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto kind = key.substr(0, colon);
  const auto rest = key.substr(colon + 1);
  if (kind == "state") return parse_asset_state(rest).has_value();
  if (kind == "host") return rest.ends_with(".example");
  if (rest.size() == 32 && kind.size() > 37)
    return kStaged.contains(kind.substr(0, kind.size() - 37)) &&
           parse_id<JobId>(kind.substr(kind.size() - 36));
  return kOfId.contains(kind) && parse_id<JobId>(rest);
}

TEST_F(Trace, TheBooksBalanceAfterALongRandomLife) {
  for (int i = 0; i < 12; ++i) add_asset();
  for (int i = 0; i < 4; ++i) runs_.push_back(new_run(static_cast<Partition>(i)));
  for (int i = 0; i < kOperations && !HasFatalFailure(); ++i) step();

  for (const auto& name : all_keys()) EXPECT_TRUE(is_known(name)) << name;

  for (const auto& asset : assets_) {
    const auto head = head_of(asset.id);
    ASSERT_TRUE(head);
    EXPECT_EQ(head->n, committed_[asset.id]) << "each commit counted once";
    const auto p = asset.id.partition();
    const bool has_time = redis({"ZSCORE", keys_.next(p), asset.id.text()}) != "(nil)";
    EXPECT_EQ(has_time, head->asset.enabled) << "an asset has a time unless it is paused";
    for (std::size_t s = 0; s < kAssetStates; ++s) {
      const auto state = static_cast<AssetState>(s);
      const bool is_in = redis({"ZSCORE", keys_.state(p, state), asset.id.text()}) != "(nil)";
      EXPECT_EQ(is_in, state == head->state) << "an asset is in the set of its state only";
    }
  }

  std::map<std::pair<Partition, RunId>, RunCounts> want;
  std::map<std::string, int> busy_want;
  int terminal = 0;
  for (const auto& job : jobs_) {
    const auto seen = record(job);
    const bool is_open =
        seen && (seen->state == JobState::ready || seen->state == JobState::leased);
    EXPECT_EQ(is_pending(job), is_open) << "non-terminal and in pend are the same";
    if (!is_open) ++terminal;
    if (seen && seen->state == JobState::leased)
      ++busy_want[keys_.bucket(job.id.partition(), job.host)];
    EXPECT_LE(seen ? seen->attempts : 0, kMaxAttempts);
    EXPECT_LE(seen ? seen->kills : 0, kMaxKills);
    if (job.run.is_nil()) {
      EXPECT_TRUE(!seen || is_open || seen->state == JobState::dead) << "no run: forgotten";
      continue;
    }
    ASSERT_TRUE(seen);
    auto& sum = want[{job.id.partition(), job.run}];
    ++sum.total;
    if (seen->state == JobState::leased) ++sum.leased;
    if (seen->state == JobState::dead) ++sum.dead;
    if (seen->state == JobState::cancelled) ++sum.cancelled;
    if (seen->state != JobState::done) continue;
    ++sum.done;
    ++sum.states[static_cast<std::size_t>(*seen->result)];
  }
  EXPECT_GT(terminal, 500) << "the trace must have got somewhere";
  for (const auto& [key, sum] : want) {
    const auto got = ask(
        [&](Batch& b) {
          b.add({"HGETALL", keys_.run_part(key.first, key.second)});
        },
        [](const Reply& r) {
          return sum_run_counts(std::span{&r, 1});
        });
    EXPECT_EQ(got.total, sum.total);
    EXPECT_EQ(got.leased, sum.leased);
    EXPECT_EQ(got.done, sum.done);
    EXPECT_EQ(got.dead, sum.dead);
    EXPECT_EQ(got.cancelled, sum.cancelled);
    EXPECT_EQ(got.states, sum.states);
  }
  for (const char* host : {"a.example", "b.example", "c.example"}) {
    const auto name = keys_.bucket(partition_of_host(host), host);
    EXPECT_EQ(redis({"HGET", name, "busy"}), std::to_string(busy_want[name])) << host;
    EXPECT_LE(busy_want[name], 3) << "never more at once than allowed";
  }
}

}  // namespace
}  // namespace webmon::store
