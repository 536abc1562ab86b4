/// For the Redis tests of the dispatcher: a real redis-server, a loop, peers on real ZeroMQ
/// sockets, one dispatcher.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "lib/bus/socket.hpp"
#include "lib/store/assets.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/runs.hpp"
#include "pipeline/dispatcher/dispatcher.hpp"
#include "tests/support/redis_server.hpp"

namespace webmon::dispatcher {

namespace json = boost::json;
using store::Batch;
using store::Reply;
using testing::RedisServer;

#ifdef WEBMON_SANITIZED
constexpr int kPatience = 3;
#else
constexpr int kPatience = 1;
#endif

/// A PULL worker, or a control client: what it received, in order.
struct Peer {
  Peer(Loop& loop, bus::Context& context, bus::Role role, const std::string& endpoint)
      : socket{std::move(bus::Socket::open(context, role).value())},
        watch{loop, socket, [this] { read(); }, [] { return true; }} {
    if (auto connected = socket.connect(endpoint); !connected)
      throw std::runtime_error{connected.error().detail};
  }
  void read() {
    bus::Frames frames;
    while (socket.receive(frames)) got.push_back(std::move(frames));
  }
  bus::Socket socket;
  std::deque<bus::Frames> got;
  bus::Watch watch;
};

/// Redis, a loop, a connection of the test's own; dispatchers are made by `run`.
struct Rig {
  explicit Rig(std::vector<std::string> extra = {})
      : server{std::move(extra)},
        redis{loop, redis_config()},
        dispatcher_redis{loop, redis_config()} {}

  store::RedisConfig redis_config() const {
    store::RedisConfig config;
    config.address.unix_socket = server.socket_path();
    return config;
  }
  static DispatcherConfig quick() {
    DispatcherConfig config;
    config.endpoints = {"tcp://127.0.0.1:*", "tcp://127.0.0.1:*", "tcp://127.0.0.1:*"};
    config.tick = milliseconds{20};
    config.lease = milliseconds{1'500};
    config.drain_limit = milliseconds{300};
    config.schedule.intervals.all.reset();  // no checks that a test has not asked for
    return config;
  }

  [[nodiscard]] bool until(const std::function<bool()>& condition,
                           milliseconds limit = seconds{10}) {
    auto& clock = system_clock();
    const auto deadline = clock.mono() + limit * kPatience;
    while (!condition()) {
      if (clock.mono() >= deadline) return false;
      (void)loop.turn(milliseconds{5});
    }
    return true;
  }
  void turn_for(milliseconds time) {
    const auto end = system_clock().mono() + time;
    (void)until([&] { return system_clock().mono() >= end; }, seconds{60});
  }

  /// Starts a dispatcher and waits until it leads.
  void lead(DispatcherConfig config = quick()) {
    start(std::move(config));
    ASSERT_TRUE(until([this] { return is_ready; }));
  }
  void start(DispatcherConfig config = quick()) {
    dispatcher = std::make_unique<Dispatcher>(loop, system_clock(), system_rng(), dispatcher_redis,
                                              context, std::move(config));
    dispatcher->on_ready([this] { is_ready = true; });
    dispatcher->on_stopped([this](const Result<void>& result) {
      stopped = result ? std::string{"ok"} : std::string{to_string(result.error().code)};
      stopped_detail = result ? std::string{} : result.error().detail;
    });
    const auto started = dispatcher->start();
    ASSERT_TRUE(started) << started.error().detail;
  }

  std::vector<Reply> ask(const Batch& batch) {
    std::vector<Reply> replies;
    bool is_done = false;
    const auto try_once = [&] {
      redis.send(batch, [&](Result<std::vector<Reply>> result) {
        if (result) replies = std::move(*result);
        is_done = true;
      });
      (void)until([&] { return is_done; });
      std::exchange(is_done, false);
      return !replies.empty();
    };
    EXPECT_TRUE(until(try_once));
    return replies;
  }

  AssetId make_asset(const std::string& host = "example.org") {
    Asset asset;
    asset.url = parse_url("http://" + host + "/").value();
    asset.id = make_id<AssetId>(system_clock().wall(), system_rng(), partition_of_host(host));
    Batch batch;
    store::add_asset_create(batch, keys, asset);
    const auto created = store::read_asset_create(ask(batch).front());
    EXPECT_TRUE(created && created->is_new);
    return asset.id;
  }
  store::JobRef submit(AssetId asset, RunId run = {}) {
    store::JobRef job;
    job.id = make_id<JobId>(system_clock().wall(), system_rng(), asset.partition());
    job.asset = asset;
    job.run = run;
    job.host = "example.org";
    Batch batch;
    store::add_submit(batch, keys, job);
    const auto submitted = store::read_submit(ask(batch).front());
    EXPECT_TRUE(submitted && *submitted == store::Submitted::created);
    return job;
  }
  void make_due(JobId id) {
    Batch batch;
    batch.add({"ZADD", keys.pend(id.partition()), "1", id.text()});
    (void)ask(batch);
  }
  store::Claim claim(const store::JobRef& job, milliseconds lease = milliseconds{40'000}) {
    store::ClaimArgs args;
    args.token = make_token(system_rng());
    args.worker = "test";
    args.lease = lease;
    args.limits = {0, 0};
    Batch batch;
    store::add_claim(batch, keys, job, args);
    return store::read_claim(ask(batch).front()).value();
  }
  store::JobRecord record(JobId id) {
    Batch batch;
    store::add_job(batch, keys, id);
    return store::read_job(id, ask(batch).front()).value().value();
  }

  std::unique_ptr<Peer> worker() {
    return std::make_unique<Peer>(loop, context, bus::Role::work_receiver,
                                  dispatcher->endpoints().work);
  }
  Peer& jobs() {
    if (!sender)
      sender = std::make_unique<Peer>(loop, context, bus::Role::job_sender,
                                      dispatcher->endpoints().jobs);
    return *sender;
  }
  void push(const std::string& frame) {
    ASSERT_TRUE(until([&] { return jobs().socket.send(frame); }));
  }
  Peer& control() {
    if (!client)
      client = std::make_unique<Peer>(loop, context, bus::Role::control_client,
                                      dispatcher->endpoints().control);
    return *client;
  }
  void tell(const std::string& command) {
    ASSERT_TRUE(until([&] { return control().socket.send(command); }));
  }
  /// The next reply of `control`, as JSON; an empty object if none comes.
  json::object reply() {
    if (!until([&] { return !control().got.empty(); })) return {};
    const auto frames = control().got.front();
    control().got.pop_front();
    return json::parse(frames.back()).as_object();
  }
  json::object command(const std::string& text) {
    tell(text);
    return reply();
  }
  json::object status() { return command("STATUS"); }
  std::int64_t count(std::string_view name) {
    return status().at("counters").at(name).to_number<std::int64_t>();
  }
  std::uint64_t saves() const { return std::stoull(server.info("rdb_saves")); }

  RedisServer server;
  Loop loop;
  store::LoopRedis redis;  ///< the test's own
  store::LoopRedis dispatcher_redis;
  bus::Context context;
  store::Keys keys;
  bool is_ready = false;
  std::string stopped, stopped_detail;
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<Peer> sender, client;
};

inline std::string error_of(const json::object& reply) {
  const auto* error = reply.if_contains("error");
  return error != nullptr ? std::string{error->as_string()} : json::serialize(reply);
}

inline bool is_ok(const json::object& reply) {
  const auto* ok = reply.if_contains("ok");
  return ok != nullptr && ok->is_bool() && ok->get_bool();
}

}  // namespace webmon::dispatcher
