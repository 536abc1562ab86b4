/// For the tests of this folder: Redis, nginx and the dispatcher's end of `work`, all real; assets
/// and jobs in Redis; a worker on a thread of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "lib/bus/socket.hpp"
#include "lib/stats/model.hpp"
#include "lib/store/assets.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/history.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/redis.hpp"
#include "lib/store/report_blob.hpp"
#include "lib/wire/frames.hpp"
#include "pipeline/executor/worker.hpp"
#include "tests/support/nginx_server.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::executor {

/// What the plugins of plugins_for_redistest.cpp are called and do.
inline constexpr std::uint8_t kCrash = 250, kSpin = 251, kEat = 252, kThrow = 253, kSize = 254;
inline constexpr std::uint16_t kSizeMetric = 25400;

/// A worker on a thread of its own, as the worker process runs it.
class ThreadedWorker {
 public:
  explicit ThreadedWorker(ExecutorConfig config) : config_{std::move(config)} {
    thread_ = std::thread{[this] { run(); }};
  }
  ~ThreadedWorker() {
    stop();
    thread_.join();
  }
  ThreadedWorker(const ThreadedWorker&) = delete;
  ThreadedWorker& operator=(const ThreadedWorker&) = delete;

  void stop() noexcept {
    is_stopping_ = true;
    if (auto* worker = published_.load()) worker->request_stop();
  }
  bool has_stopped() const noexcept { return has_ended_; }
  const Counters& counters() const noexcept { return counters_; }
  LeasePage& page() noexcept { return page_; }

 private:
  void run() {
    loop_ = std::make_unique<Loop>();
    pages_ = std::make_unique<fetch::Fetcher>(*loop_, system_clock(), fetcher_config(config_));
    const WorkerPorts ports{
        .loop = *loop_,
        .clock = system_clock(),
        .rng = system_rng(),
        .bus = bus_,
        .counters = counters_,
        .page = page_,
        .pages = *pages_,
        .open_store = [this] { return std::make_unique<store::LoopRedis>(*loop_, config_.redis); }};
    worker_ = std::make_unique<Worker>(ports, config_);
    if (const auto started = worker_->start(); !started)
      throw std::runtime_error{started.error().detail};
    published_ = worker_.get();
    if (is_stopping_) worker_->request_stop();
    loop_->run();
    has_ended_ = true;
  }

  ExecutorConfig config_;
  bus::Context bus_;
  Counters counters_;
  LeasePage page_ = *LeasePage::create(1, config_.slots, config_.id);
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<fetch::Fetcher> pages_;
  std::unique_ptr<Worker> worker_;
  std::atomic<Worker*> published_{nullptr};
  std::atomic<bool> is_stopping_{false}, has_ended_{false};
  std::thread thread_;
};

class ExecutorTest : public ::testing::Test {
 protected:
  ExecutorTest() {
    nginx_.write("page.html", "<!doctype html><title>t</title><p>some words of text</p>");
    for (const char* name :
         {"crash.html", "spin.html", "digest-spin.html", "eat.html", "throw.html"})
      nginx_.write(name, "<!doctype html><p>page");
    nginx_.write("slow/two-seconds.html", "<!doctype html>" + std::string(12'000, 'x'));
    nginx_.write("slow/for-ever.html", "<!doctype html>" + std::string(4'000'000, 'x'));
    auto opened = bus::Socket::open(bus_, bus::Role::work_sender);
    push_.emplace(std::move(*opened));
    if (const auto bound = push_->bind("tcp://127.0.0.1:*"); !bound)
      throw std::runtime_error{bound.error().detail};
    turn_until([&] { return redis_.is_up(); });
  }

  static testing::NginxOptions nginx_options() {
    testing::NginxOptions options;
    options.https = {};
    options.address = "0.0.0.0";
    options.server_snippet = "location /slow { limit_rate 4k; }";
    return options;
  }
  static store::RedisConfig redis_config(const std::string& socket) {
    store::RedisConfig config;
    config.address.unix_socket = socket;
    return config;
  }
  /// Loopback may be fetched, and without limits.
  static ExecutorConfig base_config(const std::string& redis_socket, std::string work) {
    ExecutorConfig config;
    config.id = "test:1:0";
    config.work_endpoint = std::move(work);
    config.redis = redis_config(redis_socket);
    config.threads = 1;
    config.slots = 16;
    config.unlimited = {"127.0.0.0/8"};
    config.fetch.policy = fetch::AddressPolicy{{*fetch::parse_cidr("127.0.0.0/8")}, {}};
    return config;
  }
  ExecutorConfig config() { return base_config(server_.socket_path(), push_->endpoint()); }

  bool turn_until(const std::function<bool()>& is_true, milliseconds limit = seconds{30}) {
    const auto deadline = system_clock().mono() + limit;
    for (;;) {  // asks once a turn: some conditions do something
      if (is_true()) return true;
      if (system_clock().mono() >= deadline) return false;
      loop_.turn(milliseconds{10});
    }
  }

  // ---- Redis

  /// Asked again if Redis was killed and the connection does not know it yet.
  std::vector<store::Reply> call(const store::Batch& batch) {
    for (int attempt = 0; attempt < 3; ++attempt) {
      turn_until([&] { return redis_.is_up(); });
      std::optional<Result<std::vector<store::Reply>>> answer;
      redis_.send(batch, [&](auto result) { answer.emplace(std::move(result)); });
      turn_until([&] { return answer.has_value(); });
      if (answer && *answer) return std::move(**answer);
    }
    throw std::runtime_error{"no answer from Redis"};
  }
  template <class Add, class Read>
  auto ask(Add add, Read read) {
    store::Batch batch;
    add(batch);
    const auto replies = call(batch);
    auto result = read(replies.back());
    if (!result) throw std::runtime_error{result.error().detail};
    return std::move(*result);
  }

  Asset create(const std::string& path, const std::string& host = "127.0.0.1") {
    Asset asset;
    asset.url = *parse_url(nginx_.http_url(path, host));
    asset.id = make_id<AssetId>(store_time_ms(1), rng_, partition_of_host(asset.url.host));
    asset.created = asset.updated = store_time_ms(1'000);
    ask([&](auto& b) { store::add_asset_create(b, keys_, asset); }, store::read_asset_create);
    return asset;
  }
  /// A job of the run that all jobs of a test belong to, so that their records stay.
  store::JobRef submit(const Asset& asset) {
    store::JobRef job{make_id<JobId>(store_time_ms(1), rng_, asset.id.partition()), asset.id, run_,
                      asset.url.host};
    ask([&](auto& b) { store::add_submit(b, keys_, job); }, store::read_submit);
    return job;
  }
  std::optional<store::JobRecord> record(const store::JobRef& job) {
    return ask([&](auto& b) { store::add_job(b, keys_, job.id); },
               [&](const auto& r) { return store::read_job(job.id, r); });
  }
  store::JobState state_of(const store::JobRef& job) {
    const auto read = record(job);
    return read ? read->state : store::JobState::cancelled;
  }
  std::optional<store::AssetHead> head_of(AssetId id) {
    return ask([&](auto& b) { store::add_asset_head(b, keys_, id); }, store::read_asset_head);
  }
  store::AssetBlobs blobs_of(AssetId id) {
    return ask([&](auto& b) { store::add_asset_blobs(b, keys_, id); }, store::read_asset_blobs);
  }
  /// n of the test's one statistical metric in the asset's model.
  std::uint32_t learned(AssetId id) {
    const auto model = Model::decode(blobs_of(id).model);
    for (const auto& stats : model->stats())
      if (stats.number == kSizeMetric) return stats.n;
    return 0;
  }
  std::optional<Report> report_of(AssetId id, std::uint8_t plugin) {
    auto blob = store::decode_report_blob(blobs_of(id).report);
    for (auto& entry : blob->entries)
      if (entry.report.plugin == plugin) return std::move(entry.report);
    return std::nullopt;
  }

  // ---- the dispatcher's part

  void push_frame(std::string_view frame) {
    if (!turn_until([&] { return push_->send(frame); }))
      throw std::runtime_error{"nobody pulls from work"};
  }
  void push(const store::JobRef& job) { push_frame(wire::job_frame(job.id)); }
  /// Pushes again, every half second, what has not ended: as redelivery does.
  bool drive(const std::vector<store::JobRef>& jobs, milliseconds limit = seconds{60}) {
    const auto deadline = system_clock().mono() + limit;
    auto open = jobs;
    while (!open.empty() && system_clock().mono() < deadline) {
      for (const auto& job : open)
        if (state_of(job) == store::JobState::ready)
          (void)turn_until([&] { return push_->send(wire::job_frame(job.id)); }, seconds{1});
      (void)turn_until([&] { return are_ended(open); }, milliseconds{500});
    }
    return open.empty();
  }
  /// Takes those that have ended out of `jobs`.
  bool are_ended(std::vector<store::JobRef>& jobs) {
    std::erase_if(jobs, [&](const auto& job) {
      const auto state = state_of(job);
      return state != store::JobState::ready && state != store::JobState::leased;
    });
    return jobs.empty();
  }
  /// The lease runs out and another executor takes the job: returns that one's token.
  std::string steal(const store::JobRef& job) {
    server_.command({"HSET", keys_.job(job.id), "lt", "1"});
    server_.command({"ZADD", keys_.pend(job.id.partition()), "1", job.id.text()});
    ask([&](auto& b) { store::add_due(b, keys_, job, 0); }, store::read_due);
    server_.command({"HDEL", keys_.job(job.id), "nx"});
    const store::ClaimArgs args{make_token(rng_), "thief", seconds{40}, {0, 0}};
    const auto claim =
        ask([&](auto& b) { store::add_claim(b, keys_, job, args); }, store::read_claim);
    EXPECT_EQ(claim.kind, store::Claim::Kind::claimed);
    return args.token;
  }

  testing::RedisServer server_;
  testing::NginxServer nginx_{nginx_options()};
  Loop loop_;
  bus::Context bus_;
  std::optional<bus::Socket> push_;
  store::LoopRedis redis_{loop_, redis_config(server_.socket_path())};
  store::Keys keys_;
  SeededRng rng_{7};
  RunId run_ = make_id<RunId>(store_time_ms(1), rng_, 3);
};

}  // namespace webmon::executor
