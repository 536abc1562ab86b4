// The worker process: sandbox, threads, signals.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "lib/bus/socket.hpp"
#include "lib/core/log.hpp"
#include "pipeline/executor/check_helper.hpp"
#include "pipeline/executor/crash_handler.hpp"
#include "pipeline/executor/sandbox.hpp"
#include "pipeline/executor/signals.hpp"
#include "pipeline/executor/supervisor.hpp"
#include "pipeline/executor/worker.hpp"

namespace webmon::executor {
namespace {

#ifdef WEBMON_SANITIZED
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

/// What the threads and the main thread share.
struct Shared {
  Shared(const ExecutorConfig& c, LeasePage& p, std::vector<int> checks)
      : config{c}, page{p}, check_sockets{std::move(checks)} {}

  const ExecutorConfig& config;
  LeasePage& page;
  std::vector<int> check_sockets;  ///< to the helper, one for each thread; empty: there is none
  bus::Context bus;
  Loop main_loop;
  std::atomic<bool> is_stopping{false};
  std::atomic<bool> has_failed{false};
  std::atomic<bool> is_helper_gone{false};  ///< only a new worker has a new one
  std::atomic<unsigned> running{0};
};

class WorkerThread {
 public:
  WorkerThread(Shared& shared, unsigned index) : shared_{shared}, index_{index} {
    shared_.running.fetch_add(1);
    thread_ = std::thread{[this] {
      run();
      shared_.running.fetch_sub(1);
      shared_.main_loop.wake();
    }};
  }
  ~WorkerThread() {
    if (thread_.joinable()) thread_.join();
    delete next_.load();
  }
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  void request_stop() noexcept {
    if (auto* worker = published_.load()) worker->request_stop();
  }

  /// The thread takes it over between turns.
  void request_change(const ExecutorConfig& config) {
    const std::unique_ptr<const ExecutorConfig> unseen{next_.exchange(new ExecutorConfig{config})};
    if (published_.load() != nullptr) loop_->wake();
  }

 private:
  void run() noexcept {
    const CrashStack stack{index_};
    try {
      loop_ = std::make_unique<Loop>();
      pages_ =
          std::make_unique<fetch::Fetcher>(*loop_, system_clock(), fetcher_config(shared_.config));
      records_ =
          std::make_unique<fetch::Records>(*loop_, system_rng(), shared_.config.fetch.dns_servers);
      if (!shared_.check_sockets.empty())
        checks_ = std::make_unique<ExternalChecks>(*loop_, shared_.check_sockets[index_],
                                                   [this] { miss_helper(); });
      const WorkerPorts ports{.loop = *loop_,
                              .clock = system_clock(),
                              .rng = system_rng(),
                              .bus = shared_.bus,
                              .counters = shared_.page.counters(),
                              .page = shared_.page,
                              .pages = *pages_,
                              .records = records_.get(),
                              .open_store =
                                  [this] {
                                    return std::make_unique<store::LoopRedis>(
                                        *loop_, shared_.config.redis,
                                        &shared_.page.counters().redis);
                                  },
                              .checks = checks_.get(),
                              .thread = index_};
      worker_ = std::make_unique<Worker>(ports, shared_.config);
      if (auto started = worker_->start(); !started) return give_up(started.error().detail);
    } catch (const std::runtime_error& e) {
      return give_up(e.what());
    }
    published_ = worker_.get();
    if (shared_.is_stopping) worker_->request_stop();  // asked before it was published
    loop_->after_turn([this] { adopt(); });
    loop_->run();
    if (worker_->refused()) shared_.has_failed = true;
  }

  void adopt() {
    const std::unique_ptr<const ExecutorConfig> next{next_.exchange(nullptr)};
    if (!next) return;
    pages_->reconfigure(fetcher_config(*next));
    worker_->reconfigure(*next);
  }

  void miss_helper() noexcept {
    if (!shared_.is_helper_gone.exchange(true) && !shared_.is_stopping)
      log_error("the helper for external checks has ended; the worker begins anew");
    shared_.main_loop.wake();
  }

  void give_up(std::string_view why) noexcept {
    log_error("executor thread cannot start", {{"thread", index_}, {"error", why}});
    shared_.has_failed = true;
  }

  Shared& shared_;
  unsigned index_;
  std::unique_ptr<Loop> loop_;  // outlives the thread, so that request_stop may come late
  std::unique_ptr<fetch::Fetcher> pages_;
  std::unique_ptr<fetch::Records> records_;
  std::unique_ptr<ExternalChecks> checks_;
  std::unique_ptr<Worker> worker_;
  std::atomic<Worker*> published_{nullptr};
  std::atomic<const ExecutorConfig*> next_{nullptr};  ///< owned; to be taken over
  std::thread thread_;
};

Result<ExecutorConfig> configure(ExecutorConfig config, const LeasePage& page) {
  config.id = page.executor_id();
  config.threads = page.threads();
  config.slots = page.slots();
  if (auto valid = validate(config); !valid) return fail(std::move(valid.error()));
  if (auto limited = limit_process(config); !limited) return fail(std::move(limited.error()));
  if (getppid() != page.creator())
    return fail(Errc::internal, "the supervisor died before its worker was up");
  return config;
}

bool is_filtered(const ExecutorConfig& config) { return config.is_sandboxed && !kIsSanitized; }

/// What must be there before the sandbox closes: the helper, if there may be external checks.
Result<std::vector<int>> start_helper(const ExecutorConfig& config) {
  if (config.checks_dir.empty()) return std::vector<int>{};
  return fork_check_helper(config.checks_dir, config.threads, is_filtered(config));
}

Result<void> close_doors(const ExecutorConfig& config) {
  return is_filtered(config) ? close_sandbox() : Result<void>{};
}

void serve(Shared& shared, const Reload& reload) {
  std::vector<std::unique_ptr<WorkerThread>> threads;
  const auto stop_all = [&] {
    shared.is_stopping = true;
    for (auto& thread : threads) thread->request_stop();
  };
  const auto change_all = [&] {
    const auto next = reload();
    if (!next) return;
    auto config = shared.config;
    take_live(*next, config);
    for (auto& thread : threads) thread->request_change(config);
  };
  Signals signals{shared.main_loop, {SIGTERM, SIGINT, SIGHUP}, [&](int signal) {
                    if (signal == SIGHUP && reload) return change_all();
                    stop_all();
                  }};
  shared.main_loop.after_turn([&] {
    if ((shared.has_failed || shared.is_helper_gone) && !shared.is_stopping) stop_all();
    if (shared.running == 0) shared.main_loop.stop();
  });
  for (unsigned i = 0; i < shared.page.threads(); ++i)
    threads.push_back(std::make_unique<WorkerThread>(shared, i));
  shared.main_loop.run();
}

}  // namespace

int run_worker(ExecutorConfig given, const Reload& reload) {
  auto page = LeasePage::attach(kLeasePageFd);
  if (!page) {
    log_error("executor worker cannot start", {{"error", page.error().detail}});
    return kExitConfig;
  }
  close(kLeasePageFd);
  block_signals({SIGTERM, SIGINT, SIGHUP, SIGPIPE});
  catch_crashes(*page);
  const auto config = configure(std::move(given), *page);
  if (!config) {
    log_error("executor worker cannot start", {{"error", config.error().detail}});
    return config.error().code == Errc::bad_config ? kExitConfig : 1;
  }
  auto checks = start_helper(*config);
  const auto closed = checks ? close_doors(*config) : fail(checks.error());
  if (!closed) {
    log_error("executor worker cannot start", {{"error", closed.error().detail}});
    return 1;
  }
  Shared shared{*config, *page, std::move(*checks)};
  serve(shared, reload);
  flush_log_repeats();
  if (shared.has_failed) return kExitConfig;
  return shared.is_helper_gone ? 1 : 0;
}

}  // namespace webmon::executor
