// For bench/schedule: many assets put straight into Redis, and an executor that fetches nothing.
//   null_fetch load SOCKET ASSETS SECONDS   assets, their times spread over SECONDS
//   null_fetch schedule SOCKET SECONDS EVERY   the scheduler alone, intervals of EVERY seconds;
//   what it
//                                              did and its CPU time as JSON
//   null_fetch run SOCKET WORK SLOTS        claims, judges and commits as any executor; until
//   SIGTERM
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>
#include <deque>

#include "lib/bus/socket.hpp"
#include "lib/store/assets.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/schedule.hpp"
#include "pipeline/executor/signals.hpp"
#include "pipeline/executor/worker.hpp"
#include "pipeline/scheduler/scheduler.hpp"

namespace webmon {
namespace {

constexpr int kPerBatch = 250;
constexpr int kHosts = 3'000;

/// Every page is there at once, small and unchanged.
class NullPages final : public fetch::PageSource {
 public:
  explicit NullPages(Loop& loop) : loop_{loop} {}
  ~NullPages() override { loop_.cancel(timer_); }

  fetch::FetchId start(fetch::FetchRequest request, Done done) override {
    waiting_.push_back({++last_, std::move(request), std::move(done)});
    if (timer_ == 0) timer_ = loop_.after(nanoseconds{0}, [this] { finish_all(); });
    return last_;
  }
  void cancel(fetch::FetchId id) override {
    std::erase_if(waiting_, [id](const Fetch& f) { return f.id == id; });
  }

 private:
  struct Fetch {
    fetch::FetchId id;
    fetch::FetchRequest request;
    Done done;
  };
  void finish_all() {
    timer_ = 0;
    for (auto count = waiting_.size(); count > 0 && !waiting_.empty(); --count) {
      auto fetch = std::move(waiting_.front());
      waiting_.pop_front();
      fetch.done(page_of(fetch.request));
    }
  }
  static Page page_of(const fetch::FetchRequest& request) {
    Page page;
    page.url = request.url;
    page.outcome = Outcome::ok;
    page.observed_at = request.observed_at;
    page.status = 200;
    page.http_version = "1.1";
    page.headers = {{"content-type", "text/html"}};
    page.body = "<html><title>null</title><p>text";
    page.wire_bytes = page.body.size();
    Hop hop;
    hop.url = request.url;
    hop.status = 200;
    hop.total = microseconds{1'000};
    page.hops = {std::move(hop)};
    page.total = microseconds{1'000};
    return page;
  }

  Loop& loop_;
  fetch::FetchId last_ = 0;
  std::deque<Fetch> waiting_;
  Loop::TimerId timer_ = 0;
};

store::RedisConfig redis_at(const char* socket) {
  store::RedisConfig config;
  config.address.unix_socket = socket;
  return config;
}

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "null_fetch: {}\n", why);
  std::exit(1);
}

class Loader {
 public:
  Loader(const char* socket, int assets, int spread_s)
      : redis_{loop_, redis_at(socket)}, left_{assets}, spread_{seconds{spread_s}} {
    redis_.on_up([this] { next(); });
  }
  void run() { loop_.run(); }

 private:
  void next() {
    if (left_ == 0) return loop_.stop();
    const auto now = system_clock().wall();
    store::Batch batch;
    for (int i = 0; i < kPerBatch && left_ > 0; ++i, --left_) {
      Asset asset;
      const auto host = fmt::format("h{}.example", left_ % kHosts);
      asset.url = parse_url(fmt::format("http://{}/page/{}", host, left_)).value();
      asset.id = make_id<AssetId>(now, system_rng(), partition_of_host(host));
      asset.created = asset.updated = now;
      store::add_asset_create(batch, keys_, asset);
      store::add_set_next_time(
          batch, keys_, asset.id,
          scheduler::repaired(asset.id, spread_, {}, now, system_rng().next()));
    }
    redis_.send(std::move(batch), [this](const Result<std::vector<store::Reply>>& replies) {
      if (!replies) give_up(replies.error().detail);
      for (const auto& reply : *replies)
        if (reply.is_error()) give_up(reply.text);
      next();
    });
  }

  Loop loop_;
  store::LoopRedis redis_;
  store::Keys keys_;
  int left_;
  milliseconds spread_;
};

int execute(const char* socket, const char* work, unsigned slots) {
  executor::ExecutorConfig config;
  config.id = "null-fetch";
  config.work_endpoint = work;
  config.redis = redis_at(socket);
  config.threads = 1;
  config.slots = slots;
  config.unlimited = {};
  config.host_limits = {0, 0};
  auto page = executor::LeasePage::create(1, slots, config.id);
  if (!page) give_up(page.error().detail);
  Loop loop;
  bus::Context bus;
  executor::Counters counters;
  NullPages pages{loop};
  executor::block_signals({SIGTERM, SIGINT});
  executor::Worker worker{
      {.loop = loop,
       .clock = system_clock(),
       .rng = system_rng(),
       .bus = bus,
       .counters = counters,
       .page = *page,
       .pages = pages,
       .open_store = [&] { return std::make_unique<store::LoopRedis>(loop, config.redis); },
       .thread = 0},
      config};
  executor::Signals signals{loop, {SIGTERM, SIGINT}, [&](int) { worker.request_stop(); }};
  if (auto started = worker.start(); !started) give_up(started.error().detail);
  loop.run();
  fmt::print("{}\n", counters.done.load());
  return 0;
}

int schedule(const char* socket, int run_s, int interval_s) {
  Loop loop;
  store::LoopRedis redis{loop, redis_at(socket)};
  scheduler::ScheduleConfig config;
  config.intervals.all = seconds{interval_s};
  config.most_open = 1'000'000;  // nobody ends these jobs
  scheduler::Scheduler scheduler{loop,
                                 system_clock(),
                                 system_rng(),
                                 redis,
                                 store::Keys{},
                                 {[] { return std::size_t{1'000'000}; }, [](JobId) {}},
                                 std::move(config)};
  const auto end = system_clock().mono() + seconds{run_s};
  std::function<void()> tick = [&] {
    if (system_clock().mono() >= end) return loop.stop();
    scheduler.tick(true);
    loop.after(milliseconds{250}, tick);
  };
  tick();
  loop.run();
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto cpu = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  fmt::print("{{\"created\":{},\"walks\":{},\"lag_p50_ms\":{},\"lag_p99_ms\":{},\"cpu_s\":{}}}\n",
             scheduler.counters().created, scheduler.counters().walks,
             scheduler.lag().quantile(0.5).count(), scheduler.lag().quantile(0.99).count(),
             cpu(used.ru_utime) + cpu(used.ru_stime));
  return 0;
}

}  // namespace
}  // namespace webmon

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "load") == 0) {
    webmon::Loader{argv[2], std::atoi(argv[3]), std::atoi(argv[4])}.run();
    return 0;
  }
  if (argc == 5 && std::strcmp(argv[1], "run") == 0)
    return webmon::execute(argv[2], argv[3], static_cast<unsigned>(std::atoi(argv[4])));
  if (argc == 5 && std::strcmp(argv[1], "schedule") == 0)
    return webmon::schedule(argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
  webmon::give_up(
      "null_fetch load SOCKET ASSETS SECONDS | run SOCKET WORK SLOTS | schedule SOCKET "
      "SECONDS EVERY");
}
