/// A real Redis, the real worker with every plugin, and pages of 30 KB that need no network: what
/// is left of a check is what Redis sees of it. One loop, so that nothing happens between the
/// counts.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/bus/socket.hpp"
#include "lib/store/assets.hpp"
#include "lib/store/jobs.hpp"
#include "lib/wire/frames.hpp"
#include "pipeline/executor/worker.hpp"
#include "tests/support/redis_server.hpp"

namespace webmon::counters {

/// Answers from the loop's next turn with a page of 30 KB; no two answers are quite alike.
class PlainPages final : public fetch::PageSource {
 public:
  explicit PlainPages(Loop& loop) : loop_{loop} {}
  fetch::FetchId start(fetch::FetchRequest request, Done done) override {
    loop_.after(nanoseconds{0}, [this, request = std::move(request), done = std::move(done)] {
      done(page_of(request));
    });
    return ++last_;
  }
  void cancel(fetch::FetchId) override {}  // no job of these tests is ever called off

 private:
  Page page_of(const fetch::FetchRequest& request) const {
    Page page;
    page.url = request.url;
    page.outcome = Outcome::ok;
    page.observed_at = request.observed_at;
    page.status = 200;
    page.http_version = "1.1";
    page.headers = {{"content-type", "text/html; charset=utf-8"}, {"server", "plain"}};
    page.body =
        "<!doctype html><html lang=en><head><title>A page</title></head><body><h1>Page</h1>";
    const auto paragraphs = 430 + last_ % 7;
    for (std::uint64_t i = 0; i < paragraphs; ++i)
      page.body += "<p class=text>some words and <a href='/page/" + std::to_string(i) + "'>link " +
                   std::to_string(i) + "</a></p>\n";
    page.wire_bytes = page.body.size();
    page.total = microseconds{20'000 + static_cast<std::int64_t>(last_ % 13) * 500};
    Hop hop;
    hop.url = request.url;
    hop.status = 200;
    hop.total = page.total;
    page.hops = {std::move(hop)};
    return page;
  }
  Loop& loop_;
  fetch::FetchId last_ = 0;
};

class RedisRig : public ::testing::Test {
 protected:
  static constexpr unsigned kSlots = 64;

  RedisRig() {
    push_.emplace(std::move(*bus::Socket::open(bus_, bus::Role::work_sender)));
    if (const auto bound = push_->bind("tcp://127.0.0.1:*"); !bound)
      throw std::runtime_error{bound.error().detail};
    config_.id = "counters:1:0";
    config_.work_endpoint = push_->endpoint();
    config_.redis = redis_config();
    config_.threads = 1;
    config_.slots = kSlots;
    config_.unlimited = {"a.example"};
    config_.beat = seconds{3'600};  // what happens by the clock is not counted
    config_.lease = seconds{3'600};
    page_.emplace(*executor::LeasePage::create(1, kSlots, config_.id));
    worker_ = std::make_unique<executor::Worker>(
        executor::WorkerPorts{
            .loop = loop_,
            .clock = system_clock(),
            .rng = rng_,
            .bus = bus_,
            .counters = counters_,
            .page = *page_,
            .pages = pages_,
            .open_store =
                [this] { return std::make_unique<store::LoopRedis>(loop_, redis_config()); }},
        config_);
    if (const auto started = worker_->start(); !started)
      throw std::runtime_error{started.error().detail};
    until([this] { return redis_.is_up(); });
  }

  store::RedisConfig redis_config() const {
    store::RedisConfig config;
    config.address.unix_socket = server_.socket_path();
    return config;
  }
  void until(const std::function<bool()>& is_true) {
    const auto deadline = system_clock().mono() + seconds{60};
    while (!is_true()) {
      if (system_clock().mono() >= deadline) throw std::runtime_error{"not within a minute"};
      loop_.turn(milliseconds{10});
    }
  }
  std::vector<store::Reply> call(store::Batch batch) {
    std::optional<Result<std::vector<store::Reply>>> answer;
    redis_.send(std::move(batch), [&](auto result) { answer.emplace(std::move(result)); });
    until([&] { return answer.has_value(); });
    return std::move(answer->value());
  }

  /// Assets of one host, so of one partition.
  std::vector<AssetId> create(int count) {
    std::vector<AssetId> ids;
    store::Batch batch;
    for (int i = 0; i < count; ++i) {
      Asset asset;
      asset.url = *parse_url("http://a.example/some/where/page-" + std::to_string(i) + ".html");
      asset.id = make_id<AssetId>(store_time_ms(1), rng_, partition_of_host(asset.url.host));
      asset.created = asset.updated = store_time_ms(1'000);
      store::add_asset_create(batch, keys_, asset);
      ids.push_back(asset.id);
    }
    for (const auto& reply : call(std::move(batch)))
      if (reply.is_error()) throw std::runtime_error{reply.text};
    return ids;
  }
  /// One job for each asset, in one batch, as the jobs api sends them.
  std::vector<JobId> submit(const std::vector<AssetId>& assets, RunId run = {}) {
    std::vector<JobId> jobs;
    store::Batch batch;
    for (const auto asset : assets) {
      jobs.push_back(make_id<JobId>(store_time_ms(1), rng_, asset.partition()));
      store::add_submit(batch, keys_, {jobs.back(), asset, run, "a.example"});
    }
    for (const auto& reply : call(std::move(batch)))
      if (reply.text != "created") throw std::runtime_error{reply.text};
    return jobs;
  }
  /// Pushes them and waits until all are committed, each at the first attempt.
  void execute(const std::vector<JobId>& jobs) {
    const auto wanted = counters_.done + jobs.size();
    for (const auto job : jobs) until([&] { return push_->send(wire::job_frame(job)); });
    until([&] { return counters_.done == wanted; });
    if (counters_.stale + counters_.store_failures + counters_.released != 0)
      throw std::runtime_error{"a check took more than one attempt"};
  }

  testing::RedisServer server_;
  Loop loop_;
  bus::Context bus_;
  std::optional<bus::Socket> push_;
  SeededRng rng_{7};
  store::LoopRedis redis_{loop_, redis_config()};
  store::Keys keys_;
  executor::ExecutorConfig config_;
  executor::Counters counters_;
  std::optional<executor::LeasePage> page_;
  PlainPages pages_{loop_};
  std::unique_ptr<executor::Worker> worker_;
};

}  // namespace webmon::counters
