/// For the tests of this folder: a redis-server of the test's own, LoopRedis turned until it has
/// answered, and short names for what every test of jobs does.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "lib/store/assets.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/redis.hpp"
#include "lib/store/runs.hpp"
#include "tests/support/redis_server.hpp"

namespace webmon::store {

class RedisTest : public ::testing::Test {
 protected:
  static RedisConfig config_of(const testing::RedisServer& server) {
    RedisConfig config;
    config.address.unix_socket = server.socket_path();
    return config;
  }

  /// Turns the loop until `is_true` or ten seconds are over.
  bool turn_until(const std::function<bool()>& is_true) {
    const auto deadline = system_clock().mono() + seconds{10};
    while (!is_true()) {
      if (system_clock().mono() >= deadline) return false;
      loop_.turn(milliseconds{50});
    }
    return true;
  }

  Result<std::vector<Reply>> try_call(Batch batch) {
    std::optional<Result<std::vector<Reply>>> answer;
    redis_.send(std::move(batch), [&](auto result) { answer.emplace(std::move(result)); });
    if (!turn_until([&] { return answer.has_value(); })) return fail(Errc::timeout, "test");
    return std::move(*answer);
  }

  /// All replies of a batch; throws if there are none.
  std::vector<Reply> call(Batch batch) {
    turn_until([&] { return redis_.is_up(); });
    auto replies = try_call(std::move(batch));
    if (!replies) throw std::runtime_error{replies.error().detail};
    return std::move(*replies);
  }

  /// One command by its add and read functions; the last reply is read. Throws on an Error.
  template <class Add, class Read>
  auto ask(Add add, Read read) {
    Batch batch;
    add(batch);
    const auto replies = call(std::move(batch));
    auto result = read(replies.back());
    if (!result) throw std::runtime_error{result.error().detail};
    return *result;
  }
  void tell(const std::function<void(Batch&)>& add) {
    Batch batch;
    add(batch);
    for (const auto& reply : call(std::move(batch)))
      if (reply.is_error()) throw std::runtime_error{reply.text};
  }
  std::string redis(std::vector<std::string> words) { return server_.command(words); }

  /// The words of one command of a batch, to be sent by itself.
  static std::vector<std::string> words_of(const Batch& batch, std::size_t index) {
    const auto call = batch.calls()[index];
    auto rest = batch.bytes().substr(call.begin, call.end - call.begin);
    const auto size = [&] {  // "*3\r\n" or "$5\r\n"
      const auto end = rest.find("\r\n");
      const auto value = std::stoul(std::string{rest.substr(1, end - 1)});
      rest.remove_prefix(end + 2);
      return value;
    };
    std::vector<std::string> words(size());
    for (auto& word : words) {
      const auto length = size();
      word = rest.substr(0, length);
      rest.remove_prefix(length + 2);
    }
    return words;
  }

  // ---- assets and jobs ----

  /// Another page of one host each time, unless told which.
  Asset new_asset(std::string url = {}) {
    if (url.empty()) url = "http://a.example/" + std::to_string(++pages_);
    Asset asset;
    asset.url = *parse_url(url);
    asset.id = make_id<AssetId>(store_time_ms(1), rng_, partition_of_host(asset.url.host));
    asset.created = asset.updated = store_time_ms(1'000);
    return asset;
  }
  Asset create(const std::string& url = {}) {
    auto asset = new_asset(url);
    const auto created =
        ask([&](Batch& b) { add_asset_create(b, keys_, asset); }, read_asset_create);
    EXPECT_TRUE(created.is_new);
    return asset;
  }
  RunId new_run(Partition p = 3) { return make_id<RunId>(store_time_ms(1), rng_, p); }
  JobRef new_job(const Asset& asset, RunId run = {}) {
    return {make_id<JobId>(store_time_ms(1), rng_, asset.id.partition()), asset.id, run,
            asset.url.host};
  }
  JobRef submitted(const Asset& asset, RunId run = {}) {
    auto job = new_job(asset, run);
    submit(job);
    return job;
  }

  Submitted submit(const JobRef& job) {
    return ask([&](Batch& b) { add_submit(b, keys_, job); }, read_submit);
  }
  Due due(const JobRef& job, std::uint32_t jitter = 500) {
    return ask([&](Batch& b) { add_due(b, keys_, job, jitter); }, read_due);
  }
  ClaimArgs claim_args(milliseconds lease = seconds{40}) {
    return {make_token(rng_), "worker-1", lease, {0, 0}};
  }
  Claim claim(const JobRef& job, const ClaimArgs& args) {
    return ask([&](Batch& b) { add_claim(b, keys_, job, args); }, read_claim);
  }
  /// Claims without limits and returns the token; fails the test if refused.
  std::string claimed(const JobRef& job, milliseconds lease = seconds{40}) {
    const auto args = claim_args(lease);
    EXPECT_EQ(claim(job, args).kind, Claim::Kind::claimed);
    return args.token;
  }
  Finished finish(const JobRef& job, const FinishArgs& args) {
    return ask([&](Batch& b) { add_finish(b, keys_, job, args); }, read_finish);
  }
  /// What an executor would commit for the asset as it is now.
  FinishArgs finish_args(const JobRef& job, const std::string& token,
                         AssetState state = AssetState::up) {
    FinishArgs args;
    args.token = token;
    const auto head = head_of(job.asset);
    args.rev = head ? head->rev : 1;
    args.old_state = head ? head->state : AssetState::unknown;
    args.new_state = state;
    args.observed = store_time_ms(5'000);
    args.model = "model";
    args.report = "report";
    return args;
  }
  Finished finish(const JobRef& job, const std::string& token) {
    return finish(job, finish_args(job, token));
  }
  Released release(const JobRef& job, const std::string& token, Release how) {
    return ask([&](Batch& b) { add_release(b, keys_, job, token, how); }, read_release);
  }
  Cancelled cancel(const JobRef& job) {
    return ask([&](Batch& b) { add_cancel(b, keys_, job); }, read_cancel);
  }
  bool renew(const JobRef& job, const ClaimArgs& args) {
    return ask([&](Batch& b) { add_renew(b, keys_, job, args); }, read_renew);
  }
  Updated remove(const Asset& asset) {
    return ask([&](Batch& b) { add_asset_remove(b, keys_, asset, 0); }, read_asset_remove);
  }
  std::optional<AssetHead> head_of(AssetId id) {
    return ask([&](Batch& b) { add_asset_head(b, keys_, id); }, read_asset_head);
  }
  std::optional<JobRecord> record(const JobRef& job) {
    return ask([&](Batch& b) { add_job(b, keys_, job.id); },
               [&](const Reply& r) { return read_job(job.id, r); });
  }
  RunCounts counts(const JobRef& job) {
    return ask(
        [&](Batch& b) {
          b.add({"HGETALL", keys_.run_part(job.id.partition(), job.run)});
        },
        [](const Reply& r) {
          return sum_run_counts(std::span{&r, 1});
        });
  }
  StoreTime now() {
    return ask([](Batch& b) { add_time(b); }, read_time);
  }

  /// Store time cannot be turned forward: what waits for it is moved back instead.
  void make_due(const JobRef& job) {
    redis({"ZADD", keys_.pend(job.id.partition()), "1", job.id.text()});
    if (redis({"HEXISTS", keys_.job(job.id), "nx"}) == "1")
      redis({"HSET", keys_.job(job.id), "nx", "1"});
  }
  void expire_lease(const JobRef& job) {
    redis({"HSET", keys_.job(job.id), "lt", "1"});
    make_due(job);
  }
  bool is_pending(const JobRef& job) {
    return redis({"ZSCORE", keys_.pend(job.id.partition()), job.id.text()}) != "(nil)";
  }
  std::int64_t pend_score(const JobRef& job) {
    return std::stoll(redis({"ZSCORE", keys_.pend(job.id.partition()), job.id.text()}));
  }
  std::string busy(const Asset& asset) {
    return redis({"HGET", keys_.bucket(asset.id.partition(), asset.url.host), "busy"});
  }

  testing::RedisServer server_;
  Loop loop_;
  LoopRedis redis_{loop_, config_of(server_)};
  Keys keys_;
  SeededRng rng_{7};
  int pages_ = 0;
};

}  // namespace webmon::store
