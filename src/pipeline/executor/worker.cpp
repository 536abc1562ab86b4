#include "pipeline/executor/worker.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "lib/core/log.hpp"
#include "lib/store/events.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/groups.hpp"
#include "lib/wire/frames.hpp"
#include "pipeline/executor/job_flow.hpp"

namespace webmon::executor {
namespace {

constexpr milliseconds kLookAgain{20};
constexpr milliseconds kGoodbye{2'000};  // for the last releases and the bye to be answered

}  // namespace

struct Worker::Impl {
  Impl(WorkerPorts p, const ExecutorConfig& c) : ports{p}, config{c} {}

  Result<void> start();
  void on_store_up();
  void refuse(const Error& error);
  bool wants_more() const;
  void on_work();
  void tick();
  void beat();
  void refresh_groups();
  void note_store(bool answers);
  void on_time(const Result<std::vector<store::Reply>>& replies);
  void look_for_stop();
  bool waits_for_others(MonoTime now);
  void begin_stop();
  void say_goodbye();
  void finish_stop();

  WorkerPorts ports;
  ExecutorConfig config;
  HostRules hosts;
  std::unique_ptr<bus::Channel> work;
  std::unique_ptr<store::Connection> redis;
  std::optional<store::GroupsCopy> groups;
  std::optional<ReleaseQueue> releases;
  std::optional<JobFlow> flow;
  bool is_schema_ok = false;
  bool was_schema_ok = false;  ///< once, with an earlier connection perhaps
  std::optional<Error> refused;
  bool is_store_away = false;
  unsigned unanswered = 0;  ///< beats in a row
  bool is_stopping = false;
  bool has_said_goodbye = false;
  bool is_bye_open = false;
  MonoTime drain_until{}, goodbye_until{};
  std::atomic<bool> stop_requested{false};
  std::atomic<bool> has_stopped{false};
  std::shared_ptr<bool> is_alive = std::make_shared<bool>(true);  // hooks cannot be taken out
};

Result<void> Worker::Impl::start() {
  auto rules = HostRules::parse(config.host_limits, config.unlimited);
  if (!rules) return fail(std::move(rules.error()));
  hosts = std::move(*rules);
  auto connected = ports.bus.connect(ports.loop, bus::Role::work_receiver, config.work_endpoint);
  if (!connected) return fail(std::move(connected.error()));
  work = std::move(*connected);
  // The watch before Redis: hooks run in this order, so a turn's claims leave in the same turn.
  work->watch([this] { on_work(); }, [this] { return wants_more(); });
  redis = ports.open_store();
  groups.emplace(*redis, config.keys);
  releases.emplace(ports.loop, *redis, config.keys);
  flow.emplace(ports, config, hosts, groups->groups(), *redis, *releases, [this] { work->poke(); });
  redis->on_up([this] { on_store_up(); });
  ports.loop.after_turn([this, alive = is_alive] {
    if (*alive) look_for_stop();
  });
  tick();
  refresh_groups();
  if (ports.thread == 0) beat();
  return {};
}

/// Also after each reconnection: Redis may have come back with the data of another build.
void Worker::Impl::on_store_up() {
  store::Batch batch;
  store::add_meta_check(batch, config.keys);
  store::add_groups(batch, config.keys);
  redis->send(std::move(batch), [this](Result<std::vector<store::Reply>> replies) {
    if (!replies || replies->size() < 2) return;
    const auto checked = store::read_meta_check(replies->front());
    is_schema_ok = checked.has_value();
    if (!checked) return refuse(checked.error());
    was_schema_ok = true;
    groups->take(replies->back());
    flow->resume();
    releases->flush();
    work->poke();
  });
}

/// At the start it ends the process; later it may pass: Redis was pointed elsewhere, or restored.
void Worker::Impl::refuse(const Error& error) {
  log_error("redis is not usable", {{"error", error.detail}});
  if (error.code != Errc::schema || was_schema_ok) return;
  refused = error;
  finish_stop();
}

bool Worker::Impl::wants_more() const {
  return !is_stopping && is_schema_ok && flow && flow->free_slots() > 0 && redis->is_up();
}

void Worker::Impl::on_work() {
  std::vector<JobId> ids;
  bus::Frames frames;
  while (wants_more() && ids.size() < flow->free_slots() && work->receive(frames)) {
    ports.counters.received.fetch_add(1, std::memory_order_relaxed);
    if (const auto id = wire::parse_job(frames)) {
      ids.push_back(*id);
    } else {
      ports.counters.malformed.fetch_add(1, std::memory_order_relaxed);
      log_debug("malformed frame on work", {{"error", id.error().detail}});
    }
  }
  if (!ids.empty()) flow->accept(ids);
}

void Worker::Impl::tick() {
  flow->tick();
  ports.loop.after(flow->tick_every(), [this, alive = is_alive] {
    if (*alive && !has_stopped) tick();
  });
}

/// Beats carry Redis' own time, so it is asked for first.
void Worker::Impl::beat() {
  if (has_said_goodbye) return;
  store::Batch batch;
  store::add_time(batch);
  redis->send(std::move(batch),
              [this](const Result<std::vector<store::Reply>>& replies) { on_time(replies); });
  ports.loop.after(config.beat, [this, alive = is_alive] {
    if (*alive) beat();
  });
}

/// A change of a group is in force for what is claimed from the next beat on.
void Worker::Impl::refresh_groups() {
  if (has_said_goodbye) return;
  if (is_schema_ok) groups->refresh([] {});
  ports.loop.after(config.beat, [this, alive = is_alive] {
    if (*alive) refresh_groups();
  });
}

/// Says once that Redis is away, and once that it is back; thread 0 speaks for all.
void Worker::Impl::note_store(bool answers) {
  unanswered = answers ? 0 : unanswered + 1;
  // The first beat comes before there can be a connection.
  if (answers == !is_store_away || unanswered == 1) return;
  is_store_away = !answers;
  if (answers) {
    log_info("redis answers again");
  } else {
    log_warn("redis does not answer", {{"detail", redis->trouble()}});
  }
}

void Worker::Impl::on_time(const Result<std::vector<store::Reply>>& replies) {
  note_store(replies.has_value());
  if (!replies || replies->empty() || has_said_goodbye || !is_schema_ok) return;
  const auto now = store::read_time(replies->front());
  if (!now) return;
  store::Batch batch;
  store::ExecutorBeat told;
  told.id = config.id;
  told.host = config.id.substr(0, config.id.find(':'));
  told.slots = static_cast<int>(ports.page.threads() * config.slots);
  told.in_flight = static_cast<int>(ports.counters.in_flight.load(std::memory_order_relaxed));
  told.beat = *now;
  store::add_beat(batch, config.keys, told);
  store::add_is_listening(batch, config.keys);
  redis->send(std::move(batch),
              [&counters = ports.counters](const Result<std::vector<store::Reply>>& beaten) {
                if (!beaten || beaten->empty()) return;
                const auto listens = store::read_is_listening(beaten->back());
                counters.is_followed.store(listens && *listens, std::memory_order_relaxed);
              });
}

// One path: stop intake, drain until the deadline, return leases, say goodbye, stop the loop.

void Worker::Impl::look_for_stop() {
  if (has_stopped) return;
  if (stop_requested && !is_stopping) begin_stop();
  if (!is_stopping) return;
  const auto now = ports.loop.now();
  if (flow->in_flight() > 0 && now >= drain_until) flow->give_back_all();
  if (flow->in_flight() > 0 || waits_for_others(now)) return;
  if (!has_said_goodbye) say_goodbye();
  const bool is_answered = releases->is_empty() && !is_bye_open;
  if (is_answered || now >= goodbye_until) finish_stop();
}

/// Who says goodbye for all threads must be the last: an executor without beats is taken for dead,
/// and its leases with it.
bool Worker::Impl::waits_for_others(MonoTime now) {
  if (ports.thread != 0 || has_said_goodbye) return false;
  if (ports.counters.in_flight.load() <= 0 || now >= drain_until + kGoodbye) return false;
  ports.loop.after(kLookAgain, [] {});
  return true;
}

void Worker::Impl::begin_stop() {
  is_stopping = true;
  drain_until = ports.loop.now() + config.drain;
  ports.loop.at(drain_until, [] {});  // wakes the loop; the hook does the rest
}

void Worker::Impl::say_goodbye() {
  has_said_goodbye = true;
  goodbye_until = ports.loop.now() + kGoodbye;
  ports.loop.at(goodbye_until, [] {});
  releases->flush();
  if (ports.thread != 0) return;
  is_bye_open = true;
  store::Batch batch;
  store::add_bye(batch, config.keys, config.id);
  redis->send(std::move(batch),
              [this](const Result<std::vector<store::Reply>>&) { is_bye_open = false; });
}

void Worker::Impl::finish_stop() {
  has_stopped = true;
  ports.loop.stop();
}

Worker::Worker(WorkerPorts ports, const ExecutorConfig& config)
    : impl_{std::make_unique<Impl>(ports, config)} {}

Worker::~Worker() {
  *impl_->is_alive = false;
  impl_->flow.reset();
  impl_->releases.reset();
  impl_->groups.reset();
}

Result<void> Worker::start() { return impl_->start(); }

void Worker::reconfigure(const ExecutorConfig& config) {
  if (auto rules = HostRules::parse(config.host_limits, config.unlimited); rules)
    impl_->hosts = std::move(*rules);
  take_live(config, impl_->config);
}

void Worker::request_stop() noexcept {
  impl_->stop_requested = true;
  impl_->ports.loop.wake();
}

const std::optional<Error>& Worker::refused() const noexcept { return impl_->refused; }

bool Worker::has_stopped() const noexcept { return impl_->has_stopped; }

}  // namespace webmon::executor
