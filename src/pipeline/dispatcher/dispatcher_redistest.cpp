// The dispatcher against a real redis-server and real ZeroMQ sockets, all in one loop.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>
#include <map>
#include <set>
#include <sstream>

#include "lib/bus/socket.hpp"
#include "lib/store/assets.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/runs.hpp"
#include "lib/wire/frames.hpp"
#include "pipeline/dispatcher/dispatcher.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace webmon::dispatcher {
namespace {

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

std::string error_of(const json::object& reply) {
  const auto* error = reply.if_contains("error");
  return error != nullptr ? std::string{error->as_string()} : json::serialize(reply);
}

bool is_ok(const json::object& reply) {
  const auto* ok = reply.if_contains("ok");
  return ok != nullptr && ok->is_bool() && ok->get_bool();
}

// ---- streamer and redelivery

TEST(Dispatcher, StreamsAJobToAWorkerAndFreesItsPlaceOnceItIsClaimed) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  rig.push(job.id.text());
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));
  EXPECT_EQ(worker->got.front(), bus::Frames{job.id.text()});
  EXPECT_EQ(rig.status().at("outstanding").as_int64(), 1);
  EXPECT_EQ(rig.claim(job).kind, store::Claim::Kind::claimed);
  EXPECT_TRUE(rig.until([&] { return rig.status().at("outstanding").as_int64() == 0; }));
  EXPECT_EQ(rig.count("claimed"), 1);
}

TEST(Dispatcher, AJobWhoseHintWasLostIsFoundByTheDueScan) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  rig.make_due(job.id);
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));
  EXPECT_EQ(worker->got.front(), bus::Frames{job.id.text()});
  EXPECT_EQ(rig.count("redispatched"), 1);
}

TEST(Dispatcher, APushThatNobodyClaimsIsPushedAgain) {
  auto config = Rig::quick();
  config.window.redispatch = milliseconds{100};
  Rig rig;
  rig.lead(config);
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  rig.push(job.id.text());
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 1; }));
  rig.make_due(job.id);
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 2; }));
  EXPECT_EQ(worker->got[1], worker->got[0]);
  EXPECT_GE(rig.count("expired"), 1);
}

TEST(Dispatcher, IdsWaitWhileThereIsNoWorkerAndGoToTheFirstThatComes) {
  Rig rig;
  rig.lead();
  const auto asset = rig.make_asset();
  std::set<std::string> sent, received;
  for (int i = 0; i < 20; ++i) {
    const auto job = rig.submit(asset);
    sent.insert(job.id.text());
    rig.push(job.id.text());
  }
  ASSERT_TRUE(rig.until([&] { return rig.status().at("waiting").as_int64() == 20; }));
  const auto worker = rig.worker();
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 20; }));
  for (const auto& frames : worker->got) received.insert(frames.front());
  EXPECT_EQ(received, sent);
}

TEST(Dispatcher, AnExpiredLeaseMakesTheJobReadyAgain) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  ASSERT_EQ(rig.claim(job, milliseconds{30}).kind, store::Claim::Kind::claimed);
  ASSERT_TRUE(rig.until([&] { return rig.record(job.id).state == store::JobState::ready; }));
  EXPECT_EQ(rig.record(job.id).kills, 1);
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));  // after its backoff
  EXPECT_EQ(worker->got.front(), bus::Frames{job.id.text()});
  EXPECT_EQ(rig.count("retried"), 1);
}

TEST(Dispatcher, JobsOfARemovedAssetAreCancelledAndRecordsThatAreGoneLeaveTheIndex) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto asset = rig.make_asset();
  const auto job = rig.submit(asset);
  const auto lost = make_id<JobId>(system_clock().wall(), system_rng(), asset.partition());
  Batch batch;
  batch.add({"DEL", rig.keys.asset(asset)});
  (void)rig.ask(batch);
  rig.make_due(lost);
  rig.make_due(job.id);
  const auto is_index_empty = [&] {
    return rig.server.command({"ZCARD", rig.keys.pend(asset.partition())}) == "0";
  };
  EXPECT_TRUE(rig.until(is_index_empty));
  EXPECT_EQ(rig.count("cancelled"), 1);
  EXPECT_TRUE(worker->got.empty());
}

TEST(Dispatcher, AFullWindowStopsTheIntakeAndClaimsOpenItAgain) {
  auto config = Rig::quick();
  config.window = {.least = 8, .most = 8, .initial = 8};
  Rig rig;
  rig.lead(config);
  const auto worker = rig.worker();
  const auto asset = rig.make_asset();
  std::vector<store::JobRef> all;
  for (int i = 0; i < 40; ++i) {
    all.push_back(rig.submit(asset));
    rig.push(all.back().id.text());
  }
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 8; }));
  rig.turn_for(milliseconds{100});
  EXPECT_EQ(worker->got.size(), 8U);
  for (std::size_t seen = 0; seen < 40; ++seen) {
    ASSERT_TRUE(rig.until([&] { return worker->got.size() > seen; })) << seen;
    const auto id = parse_id<JobId>(worker->got[seen].front());
    const auto at = std::find_if(all.begin(), all.end(), [&](auto& j) { return j.id == *id; });
    ASSERT_NE(at, all.end());
    EXPECT_EQ(rig.claim(*at).kind, store::Claim::Kind::claimed);
  }
}

TEST(Dispatcher, ABacklogIsWorkedOffByTheDueScanAlone) {
  auto config = Rig::quick();
  config.window = {.least = 16, .most = 16, .initial = 16};
  Rig rig;
  rig.lead(config);
  std::set<JobId> left;
  std::map<JobId, store::JobRef> jobs;
  for (int i = 0; i < 100; ++i) {
    const auto host = "h" + std::to_string(i % 10) + ".example";
    const auto job = rig.submit(i < 10 ? rig.make_asset(host) : jobs.begin()->second.asset);
    jobs.emplace(job.id, job);
    left.insert(job.id);
  }
  for (const auto& [id, job] : jobs) rig.make_due(id);
  const auto worker = rig.worker();
  const auto serve = [&] {
    for (; !worker->got.empty(); worker->got.pop_front()) {
      const auto id = parse_id<JobId>(worker->got.front().front());
      (void)rig.claim(jobs.at(*id));
      left.erase(*id);
    }
    return left.empty();
  };
  EXPECT_TRUE(rig.until(serve)) << left.size();
}

TEST(Dispatcher, TheWindowFollowsTheSlotsOfLiveExecutors) {
  Rig rig;
  rig.lead();
  EXPECT_EQ(rig.status().at("window").as_int64(), 256);
  store::ExecutorBeat beat;
  beat.id = "e1";
  beat.host = "here";
  beat.slots = 100;
  beat.beat = system_clock().wall();
  Batch batch;
  (void)store::add_beat(batch, rig.keys, beat);
  (void)rig.ask(batch);
  EXPECT_TRUE(rig.until([&] { return rig.status().at("window").as_int64() == 200; }));
  EXPECT_EQ(rig.status().at("executors").at("count").as_int64(), 1);
}

// ---- control

TEST(Dispatcher, AnswersDealersAndRequestersAndUnknownCommands) {
  Rig rig;
  rig.lead();
  EXPECT_TRUE(is_ok(rig.command("PING")));
  ASSERT_TRUE(rig.control().socket.send(bus::Frames{"", "PING"}));  // what a REQ socket sends
  ASSERT_TRUE(rig.until([&] { return !rig.control().got.empty(); }));
  EXPECT_EQ(rig.control().got.front(), (bus::Frames{"", R"({"ok":true})"}));
  rig.control().got.pop_front();
  for (const auto* bad : {"", "ping", "FLUSHALL", "SNAPSHOT", "PING\n"}) {
    SCOPED_TRACE(bad);
    const auto reply = rig.command(bad);
    EXPECT_EQ(error_of(reply), "bad_frame");
  }
  ASSERT_TRUE(rig.control().socket.send(bus::Frames{"PING", "PING", "PING"}));
  EXPECT_EQ(error_of(rig.reply()), "bad_frame");
  EXPECT_EQ(rig.count("bad_commands"), 6);
}

TEST(Dispatcher, PausedItPushesNothingAndResumedItPushesWhatWaited) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  EXPECT_TRUE(is_ok(rig.command("PAUSE")));
  rig.push(job.id.text());
  ASSERT_TRUE(rig.until([&] { return rig.status().at("waiting").as_int64() == 1; }));
  rig.turn_for(milliseconds{100});
  EXPECT_TRUE(worker->got.empty());
  EXPECT_TRUE(is_ok(rig.command("RESUME")));
  EXPECT_TRUE(rig.until([&] { return worker->got.size() == 1; }));
}

TEST(Dispatcher, DrainingItTakesNothingNewAndSaysWhatIsOutstanding) {
  Rig rig;
  rig.lead();
  const auto worker = rig.worker();
  const auto asset = rig.make_asset();
  const auto first = rig.submit(asset);
  const auto second = rig.submit(asset);
  rig.push(first.id.text());
  ASSERT_TRUE(rig.until([&] { return worker->got.size() == 1; }));
  const auto drained = rig.command("DRAIN");
  EXPECT_TRUE(is_ok(drained));
  EXPECT_EQ(drained.at("outstanding").as_int64(), 1);
  rig.push(second.id.text());
  rig.make_due(second.id);
  rig.turn_for(milliseconds{150});
  EXPECT_EQ(worker->got.size(), 1U);
  EXPECT_TRUE(is_ok(rig.command("RESUME")));
  EXPECT_TRUE(rig.until([&] { return worker->got.size() == 2; }));
}

TEST(Dispatcher, ShutDownItAnswersTakesALastSnapshotAndGivesUpTheLease) {
  Rig rig;
  rig.lead();
  const auto before = rig.saves();
  EXPECT_TRUE(is_ok(rig.command("SHUTDOWN")));
  ASSERT_TRUE(rig.until([&] { return !rig.stopped.empty(); }));
  EXPECT_EQ(rig.stopped, "ok");
  EXPECT_GT(rig.saves(), before);
  EXPECT_EQ(rig.server.command({"EXISTS", rig.keys.leader()}), "0");
  rig.dispatcher.reset();
}

// ---- leadership

TEST(Dispatcher, ASecondOneOnTheSameLockFileIsRefusedAndToldByWhom) {
  const testing::TempDir dir;
  auto config = Rig::quick();
  config.lock_file = dir / "lock";
  Rig rig;
  rig.lead(config);
  store::LoopRedis other{rig.loop, rig.redis_config()};
  Dispatcher second{rig.loop, system_clock(), system_rng(), other, rig.context, config};
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::conflict);
  EXPECT_NE(started.error().detail.find(std::to_string(getpid())), std::string::npos);
}

TEST(Dispatcher, ASecondOneStandsByUntilTheFirstIsGone) {
  Rig rig;
  rig.lead();
  const auto ports = rig.dispatcher->endpoints();
  store::LoopRedis other{rig.loop, rig.redis_config()};
  auto config = Rig::quick();
  config.endpoints = ports;  // a bind now would be a conflict: it must not try
  Dispatcher second{rig.loop, system_clock(), system_rng(), other, rig.context, config};
  bool is_second_ready = false;
  bool has_second_stopped = false;
  second.on_ready([&] { is_second_ready = true; });
  second.on_stopped([&](const Result<void>&) { has_second_stopped = true; });
  ASSERT_TRUE(second.start());
  rig.turn_for(milliseconds{700});
  EXPECT_FALSE(is_second_ready);
  EXPECT_FALSE(has_second_stopped);
  EXPECT_TRUE(rig.dispatcher->is_leading());
  rig.dispatcher.reset();  // as by SIGKILL: the lease lapses
  ASSERT_TRUE(rig.until([&] { return is_second_ready; }));
  EXPECT_TRUE(second.is_leading());
}

TEST(Dispatcher, OneThatLosesItsLeaseStandsByAndSaysSo) {
  Rig rig;
  rig.lead();
  rig.server.command({"SET", rig.keys.leader(), "somebody else", "PX", "2000"});
  ASSERT_TRUE(rig.until([&] { return !rig.dispatcher->is_leading(); }));
  EXPECT_TRUE(is_ok(rig.command("PING")));
  for (const auto* text : {"SNAPSHOT NOW", "SNAPSHOT SOON", "PAUSE", "SHUTDOWN"})
    EXPECT_EQ(error_of(rig.command(text)), "conflict") << text;
  ASSERT_TRUE(rig.until([&] { return rig.dispatcher->is_leading(); }));
  EXPECT_TRUE(is_ok(rig.command("SNAPSHOT NOW")));
}

TEST(Dispatcher, ATakenPortEndsItWithAConflictThatNamesTheEndpoint) {
  Rig rig;
  auto taken = bus::Socket::open(rig.context, bus::Role::job_receiver);
  ASSERT_TRUE(taken && taken->bind("tcp://127.0.0.1:*"));
  auto config = Rig::quick();
  config.endpoints.control = taken->endpoint();
  rig.start(config);
  ASSERT_TRUE(rig.until([&] { return !rig.stopped.empty(); }));
  EXPECT_EQ(rig.stopped, "conflict");
  EXPECT_NE(rig.stopped_detail.find(taken->endpoint()), std::string::npos);
  EXPECT_FALSE(rig.is_ready);
}

TEST(Dispatcher, DataOfAnotherSchemaIsNotTouched) {
  Rig rig;
  rig.server.command(
      {"HSET", rig.keys.meta(), "schema", "99", "min_reader", "99", "partitions", "64"});
  rig.start();
  ASSERT_TRUE(rig.until([&] { return !rig.stopped.empty(); }));
  EXPECT_EQ(rig.stopped, "schema");
  EXPECT_EQ(rig.server.command({"DBSIZE"}), "1");
}

// ---- snapshots

TEST(Dispatcher, SnapshotNowAnswersAfterTheSaveAndKeepsAGeneration) {
  Rig rig;
  auto config = Rig::quick();
  config.redis_dir = rig.server.directory();
  rig.lead(config);
  const auto before = rig.saves();
  const auto reply = rig.command("SNAPSHOT NOW");
  ASSERT_TRUE(is_ok(reply)) << json::serialize(reply);
  EXPECT_GT(rig.saves(), before);
  EXPECT_EQ(rig.server.command({"HGET", rig.keys.snap(), "durable"}),
            std::to_string(reply.at("epoch").as_int64()));
  EXPECT_TRUE(std::filesystem::exists(rig.server.directory() / "dump.rdb.1"));
}

TEST(Dispatcher, SnapshotSoonNamesAnEpochThatBecomesDurable) {
  Rig rig;
  rig.lead();
  const auto reply = rig.command("SNAPSHOT SOON");
  ASSERT_TRUE(is_ok(reply)) << json::serialize(reply);
  const auto epoch = reply.at("epoch").as_int64();
  EXPECT_GE(reply.at("expected_ms").as_int64(), 1);
  EXPECT_TRUE(rig.until([&] {
    const auto durable = rig.server.command({"HGET", rig.keys.snap(), "durable"});
    return durable != "(nil)" && std::stoll(durable) >= epoch;
  }));
}

TEST(Dispatcher, AThousandSnapshotNowAtOnceCostAFewSavesAndAllAreAnswered) {
  Rig rig;
  rig.lead();
  const auto before = rig.saves();
  std::vector<std::unique_ptr<Peer>> clients;
  for (int i = 0; i < 10; ++i)
    clients.push_back(std::make_unique<Peer>(rig.loop, rig.context, bus::Role::control_client,
                                             rig.dispatcher->endpoints().control));
  for (int i = 0; i < 1'000; ++i)
    ASSERT_TRUE(rig.until([&] {
      return clients[static_cast<std::size_t>(i % 10)]->socket.send(
          std::string_view{"SNAPSHOT NOW"});
    }));
  const auto answered = [&] {
    std::size_t sum = 0;
    for (const auto& c : clients) sum += c->got.size();
    return sum == 1'000;
  };
  ASSERT_TRUE(rig.until(answered));
  for (const auto& c : clients)
    for (const auto& frames : c->got) {
      const auto reply = json::parse(frames.back()).as_object();
      ASSERT_TRUE(is_ok(reply)) << frames.back();
      EXPECT_GE(reply.at("epoch").as_int64(), 1);
    }
  // Sending takes several turns of the loop, so a save or two may end meanwhile.
  EXPECT_LE(rig.saves() - before, 4U);
}

TEST(Dispatcher, AFailedSaveIsToldAndHealsByItself) {
  Rig rig{{"--enable-protected-configs", "yes"}};
  auto config = Rig::quick();
  config.snapshots.retry_first = milliseconds{50};
  rig.lead(config);
  const auto dir = rig.server.directory() / "data";
  std::filesystem::create_directory(dir);
  ASSERT_EQ(rig.server.command({"CONFIG", "SET", "dir", dir.string()}), "OK");
  std::filesystem::remove_all(dir);
  EXPECT_EQ(error_of(rig.command("SNAPSHOT NOW")), "store_refused");
  EXPECT_GE(rig.status().at("snapshot").at("failures").as_int64(), 1);
  EXPECT_EQ(rig.server.command({"SET", "x", "1"}).substr(0, 15), "(error) MISCONF");
  rig.turn_for(milliseconds{2'000});  // beyond the term: the lease cannot be renewed, and is kept
  EXPECT_TRUE(rig.dispatcher->is_leading());
  std::filesystem::create_directory(dir);
  ASSERT_EQ(rig.server.command({"CONFIG", "SET", "dir", dir.string()}), "OK");
  EXPECT_TRUE(rig.until([&] { return rig.server.command({"SET", "x", "1"}) == "OK"; }));
  EXPECT_TRUE(is_ok(rig.command("SNAPSHOT NOW")));
  EXPECT_EQ(rig.status().at("snapshot").at("failures").as_int64(), 0);
}

TEST(Dispatcher, RedisThatRefusesWritesBeforeAnyoneLeadsIsHealed) {
  Rig rig{{"--enable-protected-configs", "yes"}};
  const auto dir = rig.server.directory() / "data";
  std::filesystem::create_directory(dir);
  rig.server.command({"CONFIG", "SET", "dir", dir.string()});
  rig.server.command({"SET", "x", "1"});
  std::filesystem::remove_all(dir);
  rig.server.command({"BGSAVE"});
  ASSERT_TRUE(rig.until([&] { return rig.server.info("rdb_last_bgsave_status") == "err"; }));
  std::filesystem::create_directory(dir);
  rig.server.command({"CONFIG", "SET", "dir", dir.string()});
  rig.lead();
  EXPECT_TRUE(is_ok(rig.command("SNAPSHOT NOW")));
}

void kill_children_of(pid_t parent) {
  const auto pid = std::to_string(parent);
  std::istringstream children{testing::read_file("/proc/" + pid + "/task/" + pid + "/children")};
  int killed = 0;
  for (pid_t child = 0; children >> child; ++killed) ::kill(child, SIGKILL);
  EXPECT_GE(killed, 1);
}

TEST(Dispatcher, AKilledChildIsAFailureAndTheNextOneIsGood) {
  Rig rig;
  rig.lead();
  for (int i = 0; i < 50; ++i) rig.server.command({"SET", "k" + std::to_string(i), "v"});
  rig.server.command({"CONFIG", "SET", "rdb-key-save-delay", "100000"});
  rig.tell("SNAPSHOT NOW");
  ASSERT_TRUE(rig.until([&] { return rig.server.info("rdb_bgsave_in_progress") == "1"; }));
  rig.server.command({"CONFIG", "SET", "rdb-key-save-delay", "0"});
  kill_children_of(rig.server.pid());
  EXPECT_EQ(error_of(rig.reply()), "store_refused");
  EXPECT_TRUE(is_ok(rig.command("SNAPSHOT NOW")));
}

TEST(Dispatcher, RedisKilledWhileItSavesIsStoreDownAndAfterItsRestartAllGoesOn) {
  Rig rig;
  rig.lead();
  const auto good = rig.command("SNAPSHOT NOW");
  ASSERT_TRUE(is_ok(good));
  const auto worker = rig.worker();
  for (int i = 0; i < 50; ++i) rig.server.command({"SET", "k" + std::to_string(i), "v"});
  rig.server.command({"CONFIG", "SET", "rdb-key-save-delay", "20000"});
  rig.tell("SNAPSHOT NOW");
  ASSERT_TRUE(rig.until([&] { return rig.server.info("rdb_bgsave_in_progress") == "1"; }));
  rig.server.kill();
  EXPECT_EQ(error_of(rig.reply()), "store_down");
  EXPECT_EQ(error_of(rig.command("SNAPSHOT NOW")), "store_down");
  EXPECT_TRUE(is_ok(rig.command("PING")));
  rig.server.start();
  json::object reply;
  ASSERT_TRUE(rig.until([&] { return is_ok(reply = rig.command("SNAPSHOT NOW")); }, seconds{20}));
  // Numbers that were given out before the crash are never given out again.
  EXPECT_GT(reply.at("epoch").as_int64(), good.at("epoch").as_int64() + 1);
  EXPECT_NE(rig.server.command({"HGET", rig.keys.snap(), "lost"}), "(nil)");
  const auto job = rig.submit(rig.make_asset());
  rig.push(job.id.text());
  EXPECT_TRUE(rig.until([&] { return !worker->got.empty(); }));
}

TEST(Dispatcher, StartedBeforeRedisItWaitsForIt) {
  Rig rig;
  rig.server.stop();
  rig.start();
  rig.turn_for(milliseconds{300});
  EXPECT_FALSE(rig.is_ready);
  rig.server.start();
  EXPECT_TRUE(rig.until([&] { return rig.is_ready; }));
}

// ---- runs

TEST(Dispatcher, AnEndedRunIsMarkedAndRemovedAfterItsRetention) {
  auto config = Rig::quick();
  config.runs_every = milliseconds{50};
  config.run_retention = milliseconds{300};
  Rig rig;
  rig.lead(config);
  const auto asset = rig.make_asset();
  store::RunHeader run;
  run.id = make_id<RunId>(system_clock().wall(), system_rng(), 0);
  run.what = "ids";
  run.created = system_clock().wall();
  run.submitted = 100;
  run.is_complete = true;
  run.parts.set(asset.partition());
  std::vector<store::JobRef> jobs;
  for (int i = 0; i < 100; ++i) jobs.push_back(rig.submit(asset, run.id));
  Batch batch;
  (void)store::add_run_put(batch, rig.keys, run);
  for (const auto& job : jobs) store::add_cancel(batch, rig.keys, job);
  (void)rig.ask(batch);
  const auto is_marked = [&] {
    return rig.server.command({"HGET", rig.keys.run(run.id), "ended"}) != "(nil)";
  };
  EXPECT_TRUE(rig.until(is_marked));
  const auto is_removed = [&] {
    return rig.server.command({"EXISTS", rig.keys.run(run.id)}) == "0";
  };
  ASSERT_TRUE(rig.until(is_removed));
  EXPECT_EQ(rig.server.command({"EXISTS", rig.keys.job(jobs[0].id)}), "0");
  EXPECT_EQ(rig.server.command({"EXISTS", rig.keys.job(jobs[99].id)}), "0");
  EXPECT_EQ(rig.server.command({"ZCARD", rig.keys.runs()}), "0");
}

// ---- hostile peers

class Raw {
 public:
  Raw(const std::string& endpoint, std::string_view bytes)
      : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  ~Raw() { ::close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;

 private:
  int fd_;
};

TEST(Dispatcher, GarbageOnEverySocketChangesNothing) {
  Rig rig;
  rig.lead();
  const auto at = rig.dispatcher->endpoints();
  std::deque<Raw> raw;
  for (const auto& endpoint : {at.jobs, at.work, at.control}) {
    raw.emplace_back(endpoint, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    raw.emplace_back(endpoint, std::string(1'000, '\xff'));
    raw.emplace_back(endpoint, std::string(1'000, '\0'));
    raw.emplace_back(endpoint, "");
  }
  const std::string id = make_id<JobId>(system_clock().wall(), system_rng(), 5).text();
  for (const std::string& frame :
       {std::string{}, std::string{"x"}, std::string(256, 'y'), id + "\n"})
    rig.push(frame);
  ASSERT_TRUE(rig.jobs().socket.send(bus::Frames{id, id}));
  rig.push(id);  // well-formed, but Redis has never heard of it
  ASSERT_TRUE(rig.until([&] { return rig.count("malformed") == 5; }));
  ASSERT_TRUE(rig.until([&] { return rig.count("gone") == 1; }));
  // Frames over the bound cost the peer its connection.
  rig.push(std::string(100'000, 'z'));
  ASSERT_TRUE(rig.control().socket.send(std::string(5'000, 'z')));
  rig.client.reset();
  EXPECT_TRUE(is_ok(rig.command("PING")));
  const auto worker = rig.worker();
  const auto job = rig.submit(rig.make_asset());
  rig.sender.reset();
  rig.push(job.id.text());
  ASSERT_TRUE(rig.until([&] { return !worker->got.empty(); }));
  EXPECT_EQ(worker->got.back(), bus::Frames{job.id.text()});
}

}  // namespace
}  // namespace webmon::dispatcher
