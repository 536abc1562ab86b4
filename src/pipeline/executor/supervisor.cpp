#include "pipeline/executor/supervisor.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "lib/core/log.hpp"
#include "lib/core/rng.hpp"
#include "lib/loop/loop.hpp"
#include "lib/metrics/listener.hpp"
#include "lib/metrics/process.hpp"
#include "pipeline/executor/autopsy.hpp"
#include "pipeline/executor/lease_page.hpp"
#include "pipeline/executor/metrics.hpp"
#include "pipeline/executor/release_queue.hpp"
#include "pipeline/executor/signals.hpp"

namespace webmon::executor {
namespace {

constexpr milliseconds kLook{100};
constexpr milliseconds kAsleep{1'000};  // between two looks: we were stopped, or starved
constexpr milliseconds kBackoffFirst{200};
constexpr milliseconds kBackoffMost{5'000};
constexpr seconds kHealthyLife{30};      // a worker that lived so long starts the backoff anew
constexpr seconds kKillGrace{5};         // beyond the worker's own drain
constexpr milliseconds kGoodbye{2'000};  // for the last releases to be answered

std::string make_executor_id() {
  std::array<char, 40> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return std::string{host.data()} + ":" + std::to_string(getpid()) + ":" +
         make_token(system_rng()).substr(0, 8);
}

/// The child's way to exec: nothing but async-signal-safe calls.
[[noreturn]] void become_worker(int page_fd, char* const* argv) {
  hold_only(SIGHUP);  // one that comes before the worker listens is not lost
  // dup2 onto itself would leave close-on-exec set, so the page goes through another number.
  const int other = fcntl(page_fd, F_DUPFD, kLeasePageFd + 1);
  if (other < 0 || dup2(other, kLeasePageFd) < 0) _exit(126);
  close_range(kLeasePageFd + 1, ~0U, 0);
  execv("/proc/self/exe", argv);
  _exit(127);
}

class Supervisor {
 public:
  Supervisor(const ExecutorConfig& config, LeasePage page, std::vector<std::string> argv,
             Reload reload);
  /// Errors: as metrics::Listener::open.
  Result<void> serve_metrics();
  int run();

 private:
  std::string scrape() const;
  void start_worker();
  void look();
  void on_signal(int signal);
  void on_hangup();
  void reap();
  void on_death(int status);
  void settle_leases();
  void restart(bool is_hopeless);
  void stop_worker();
  void end_when_settled();
  nanoseconds life() const { return loop_.now() - started_; }

  ExecutorConfig config_;
  const Reload reload_;
  Loop loop_;
  LeasePage page_;
  std::vector<std::string> argv_;
  store::LoopRedis redis_;
  ReleaseQueue releases_;
  std::unique_ptr<metrics::Listener> listener_;
  pid_t worker_ = -1;
  MonoTime started_{};
  MonoTime looked_{}, awake_since_{};
  milliseconds backoff_ = kBackoffFirst;
  std::optional<Overrun> killed_for_;
  std::uint64_t deaths_ = 0, overruns_ = 0;
  bool is_stopping_ = false;
  int exit_status_ = 0;
};

Supervisor::Supervisor(const ExecutorConfig& config, LeasePage page, std::vector<std::string> argv,
                       Reload reload)
    : config_{config},
      reload_{std::move(reload)},
      page_{std::move(page)},
      argv_{std::move(argv)},
      redis_{loop_, config.redis},
      releases_{loop_, redis_, config.keys} {}

Result<void> Supervisor::serve_metrics() {
  if (config_.metrics_at.host.empty()) return {};
  auto listener = metrics::Listener::open(loop_, config_.metrics_at, [this] { return scrape(); });
  if (!listener) return fail(std::move(listener.error()));
  listener_ = std::move(*listener);
  return {};
}

std::string Supervisor::scrape() const {
  metrics::Exposition out;
  metrics::add_process(out);
  add_metrics(out, page_.counters(),
              {.pid = worker_,
               .threads = page_.threads(),
               .slots = page_.slots(),
               .deaths = deaths_,
               .overruns = overruns_,
               .leases_settled = releases_.released()});
  return out.text();
}

int Supervisor::run() {
  const Signals signals{loop_, {SIGTERM, SIGINT, SIGCHLD, SIGHUP}, [this](int s) { on_signal(s); }};
  block_signals({SIGPIPE});
  redis_.on_up([this] { releases_.flush(); });
  start_worker();
  look();
  loop_.run();
  return exit_status_;
}

void Supervisor::start_worker() {
  if (is_stopping_) return;
  page_.clear();
  killed_for_.reset();
  std::vector<char*> argv;
  for (auto& arg : argv_) argv.push_back(arg.data());
  argv.push_back(nullptr);
  started_ = loop_.now();
  worker_ = fork();
  if (worker_ == 0) become_worker(page_.fd(), argv.data());
  if (worker_ > 0) {
    log_info("executor worker started", {{"pid", worker_}, {"executor", page_.executor_id()}});
    return;
  }
  log_error("executor worker cannot be started", {{"errno", errno}});
  restart(false);
}

/// A plugin cannot be stopped inside its process, so its process is.
void Supervisor::look() {
  const auto now = loop_.now();
  if (now - std::exchange(looked_, now) > kAsleep) awake_since_ = now;
  loop_.after(kLook, [this] { look(); });
  if (worker_ <= 0 || killed_for_) return;
  std::vector<Mark> marks;
  for (unsigned thread = 0; thread < page_.threads(); ++thread) marks.push_back(page_.mark(thread));
  killed_for_ = find_overrun(marks, now, config_.plugin_deadline, awake_since_);
  if (!killed_for_) return;
  ++overruns_;
  log_warn("plugin overran its deadline; killing the worker",
           {{"plugin", killed_for_->mark.plugin}, {"pid", worker_}});
  kill(worker_, SIGKILL);
}

void Supervisor::on_signal(int signal) {
  if (signal == SIGCHLD) return reap();
  if (signal == SIGHUP && reload_) return on_hangup();
  if (is_stopping_) return;
  is_stopping_ = true;
  stop_worker();
}

void Supervisor::on_hangup() {
  const auto next = reload_();
  if (!next) return;
  take_live(*next, config_);
  if (worker_ > 0) kill(worker_, SIGHUP);
}

void Supervisor::stop_worker() {
  if (worker_ <= 0) return end_when_settled();
  kill(worker_, SIGTERM);
  loop_.after(config_.drain + kKillGrace, [this] {
    if (worker_ > 0) kill(worker_, SIGKILL);
  });
}

void Supervisor::reap() {
  int status = 0;
  if (worker_ <= 0 || waitpid(worker_, &status, WNOHANG) != worker_) return;
  worker_ = -1;
  on_death(status);
}

void Supervisor::on_death(int status) {
  const bool is_killed = WIFSIGNALED(status);
  log_event(is_stopping_ && !is_killed ? LogLevel::info : LogLevel::warn, "executor worker ended",
            {{"executor", page_.executor_id()},
             {"signal", is_killed ? WTERMSIG(status) : 0},
             {"status", is_killed ? 0 : WEXITSTATUS(status)}});
  if (!is_stopping_) ++deaths_;
  settle_leases();
  if (!is_killed) exit_status_ = WEXITSTATUS(status);
  if (is_stopping_) return end_when_settled();
  restart(!is_killed && WEXITSTATUS(status) == kExitConfig);
}

void Supervisor::settle_leases() {
  const auto until = loop_.now() + config_.lease;
  for (auto& settled : settle(examine(page_, killed_for_))) {
    if (settled.release.plugin != 0)
      page_.counters().plugins[settled.release.plugin].blamed.fetch_add(1);
    if (settled.release.kind != store::Release::Kind::give_back)
      log_warn("job blamed for the worker's end", {{"job", settled.lease.job.id.text()},
                                                   {"plugin", settled.release.plugin},
                                                   {"error", settled.release.error}});
    releases_.add({std::move(settled.lease.job), std::move(settled.lease.token),
                   std::move(settled.release), until});
  }
  releases_.flush();
}

void Supervisor::restart(bool is_hopeless) {
  if (is_hopeless) {
    is_stopping_ = true;
    return end_when_settled();
  }
  exit_status_ = 0;
  if (life() >= kHealthyLife) backoff_ = kBackoffFirst;
  loop_.after(backoff_, [this] { start_worker(); });
  backoff_ = std::min(backoff_ * 2, kBackoffMost);
}

void Supervisor::end_when_settled() {
  loop_.after(kGoodbye, [this] { loop_.stop(); });
  loop_.after_turn([this] {
    if (releases_.is_empty()) loop_.stop();
  });
}

}  // namespace

int run_supervisor(const ExecutorConfig& given, std::vector<std::string> worker_argv,
                   Reload reload) {
  ExecutorConfig config = given;
  if (config.id.empty()) config.id = make_executor_id();
  if (auto valid = validate(config); !valid) {
    log_error("executor cannot start", {{"error", valid.error().detail}});
    return kExitConfig;
  }
  auto page = LeasePage::create(thread_count(config), config.slots, config.id);
  if (!page) {
    log_error("executor cannot start", {{"error", page.error().detail}});
    return 1;
  }
  Supervisor supervisor{config, std::move(*page), std::move(worker_argv), std::move(reload)};
  if (auto served = supervisor.serve_metrics(); !served) {
    log_error("executor cannot start", {{"error", served.error().detail}});
    return 1;
  }
  const int status = supervisor.run();
  flush_log_repeats();
  return status;
}

}  // namespace webmon::executor
