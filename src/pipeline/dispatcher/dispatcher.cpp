#include "pipeline/dispatcher/dispatcher.hpp"

#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "lib/core/log.hpp"
#include "lib/store/fleet.hpp"
#include "lib/wire/frames.hpp"
#include "pipeline/dispatcher/control.hpp"
#include "pipeline/dispatcher/event_mover.hpp"
#include "pipeline/dispatcher/fleet.hpp"
#include "pipeline/dispatcher/leader.hpp"
#include "pipeline/dispatcher/lock_file.hpp"
#include "pipeline/dispatcher/metrics.hpp"
#include "pipeline/dispatcher/redelivery.hpp"
#include "pipeline/dispatcher/run_keeper.hpp"
#include "pipeline/dispatcher/snapshot_driver.hpp"
#include "pipeline/dispatcher/status.hpp"
#include "pipeline/dispatcher/store_link.hpp"
#include "pipeline/dispatcher/streamer.hpp"
#include "pipeline/dispatcher/trash_keeper.hpp"
#include "pipeline/dispatcher/undertaker.hpp"
#include "pipeline/scheduler/scheduler.hpp"

namespace webmon::dispatcher {

using Callback = std::function<void()>;

struct Dispatcher::Impl {
  Impl(Loop& l, Clock& clock, Rng& rng, store::Connection& redis, bus::Network& n,
       DispatcherConfig given)
      : loop{l},
        network{n},
        config{std::move(given)},
        link{l, redis, config.ns},
        leader{link, rng, config.lease},
        streamer{link, counters, config.window},
        redelivery{link, rng, streamer, counters},
        fleet{link, config.executor_grace},
        undertaker{link, rng, counters},
        runs{link, config.runs_every, config.run_retention},
        events{link},
        trash{link, config.undo_window, config.trash_every},
        snapshots{link, config.snapshots, config.redis_dir},
        scheduler{l,
                  clock,
                  rng,
                  redis,
                  store::Keys{config.ns},
                  {[this] { return redelivery.has_backlog() ? 0 : streamer.window().credits(); },
                   [this](JobId id) { streamer.admit_new(id); }},
                  config.schedule},
        control{l, counters, [this](wire::Command command, Control::Reply reply) {
                  execute(command, std::move(reply));
                }} {
    redis.on_up([this, alive = std::weak_ptr{is_alive}] {
      if (!alive.expired()) snapshots.reconnected();
    });
  }

  void tick();
  void led(bool is_leading);
  Result<void> bind();
  void update();
  void rescan();
  bool dispatches() const { return leader.is_leading() && !is_paused && !is_draining; }

  void execute(wire::Command command, Control::Reply reply);
  void snapshot_now(const Control::Reply& reply);
  void snapshot_soon(const Control::Reply& reply);
  boost::json::object status() const;
  void report(store::Batch& batch) const;
  boost::json::object outstanding() const;

  void stop();
  void look_whether_drained();
  void last_snapshot();
  void end(Result<void> result);

  Loop& loop;
  bus::Network& network;
  DispatcherConfig config;
  std::optional<LockFile> lock;
  Counters counters;
  StoreLink link;
  Leader leader;
  Streamer streamer;
  Redelivery redelivery;
  Fleet fleet;
  Undertaker undertaker;
  RunKeeper runs;
  EventMover events;
  TrashKeeper trash;
  SnapshotDriver snapshots;
  scheduler::Scheduler scheduler;
  Control control;

  bool is_bound = false;
  bool is_paused = false;
  bool is_draining = false;
  enum class Stop : std::uint8_t { no, draining, saving, over } stopping = Stop::no;
  MonoTime drain_until{}, stop_until{};
  std::uint64_t claimed_before = 0;
  Loop::TimerId ticker = 0;
  Callback on_ready;
  std::function<void(Result<void>)> on_stopped;
  std::shared_ptr<bool> is_alive = std::make_shared<bool>(true);  // Redis outlives it
};

void Dispatcher::Impl::tick() {
  ticker = loop.after(config.tick, [this] { tick(); });
  leader.tick();
  if (leader.is_leading()) {
    fleet.tick();
    streamer.tick();
    redelivery.scan(dispatches());
    scheduler.tick(dispatches());
    undertaker.tick();
    runs.tick();
    events.tick();
    trash.tick();
    if (counters.claimed + counters.gone !=
        std::exchange(claimed_before, counters.claimed + counters.gone))
      snapshots.note_change();
  }
  look_whether_drained();
}

void Dispatcher::Impl::led(bool is_leading) {
  if (!is_leading) {
    snapshots.stand_by();
    scheduler.tick(false);
    return update();
  }
  if (!is_bound) {
    if (auto bound = bind(); !bound) return end(std::move(bound));
    if (on_ready) std::exchange(on_ready, {})();
  }
  snapshots.lead();
  redelivery.scan(false);  // learns store time, so that the next pass can scan
  update();
}

// Only under the lease: a second bind of an ipc path would steal it from the dispatcher that leads.
Result<void> Dispatcher::Impl::bind() {
  const auto& at = config.endpoints;
  if (auto bound = streamer.bind(network, at.jobs, at.work); !bound) return bound;
  if (auto bound = control.bind(network, at.control); !bound) return bound;
  is_bound = true;
  log_info("dispatcher is ready", {{"jobs", streamer.jobs_endpoint()},
                                   {"work", streamer.work_endpoint()},
                                   {"control", control.endpoint()}});
  return {};
}

void Dispatcher::Impl::update() {
  const bool leads = leader.is_leading();
  streamer.set_open(leads && !is_draining, leads && !is_paused);
}

void Dispatcher::Impl::rescan() {
  if (dispatches()) {
    redelivery.scan_backlog();
    scheduler.on_credits();
  }
  look_whether_drained();
}

void Dispatcher::Impl::execute(wire::Command command, Control::Reply reply) {
  const auto is_question = command == wire::Command::ping || command == wire::Command::status;
  if (!is_question && !leader.is_leading()) {
    const Error why = link.is_up() ? Error{Errc::conflict, "standing by: another dispatcher leads"}
                                   : Error{Errc::store_down, link.trouble()};
    return reply(wire::error_reply(why));
  }
  switch (command) {
    case wire::Command::ping:
      return reply(wire::ok_reply());
    case wire::Command::status:
      return reply(wire::ok_reply(status()));
    case wire::Command::snapshot_now:
      return snapshot_now(reply);
    case wire::Command::snapshot_soon:
      return snapshot_soon(reply);
    case wire::Command::pause:
      is_paused = true;
      break;
    case wire::Command::resume:
      is_paused = false;
      is_draining = stopping != Stop::no;
      break;
    case wire::Command::drain:
      is_draining = true;
      break;
    case wire::Command::shutdown:
      break;
  }
  update();
  log_info("control command", {{"command", wire::to_string(command)}});
  reply(wire::ok_reply(outstanding()));
  if (command == wire::Command::shutdown) stop();
}

void Dispatcher::Impl::snapshot_now(const Control::Reply& reply) {
  if (!link.is_up()) return reply(wire::error_reply({Errc::store_down, link.trouble()}));
  snapshots.now([reply](const Result<Covered>& covered) {
    if (!covered) return reply(wire::error_reply(covered.error()));
    reply(wire::ok_reply({{"epoch", covered->epoch}, {"duration_ms", covered->duration.count()}}));
  });
}

void Dispatcher::Impl::snapshot_soon(const Control::Reply& reply) {
  if (!link.is_up()) return reply(wire::error_reply({Errc::store_down, link.trouble()}));
  const auto soon = snapshots.soon();
  if (!soon) return reply(wire::error_reply(soon.error()));
  reply(wire::ok_reply({{"epoch", soon->epoch}, {"expected_ms", soon->expected.count()}}));
}

boost::json::object Dispatcher::Impl::outstanding() const {
  return {{"outstanding", streamer.window().outstanding()}};
}

boost::json::object Dispatcher::Impl::status() const {
  return {{"leader", leader.is_leading()},
          {"paused", is_paused},
          {"draining", is_draining},
          {"redis", link.is_up()},
          {"window", streamer.window().limit()},
          {"outstanding", streamer.window().outstanding()},
          {"waiting", streamer.window().waiting()},
          {"executors", to_json(fleet.sum())},
          {"counters", to_json(counters)},
          {"snapshot", to_json(snapshots.core())},
          {"schedule", to_json(scheduler)}};
}

void Dispatcher::Impl::report(store::Batch& batch) const {
  const auto& lag = scheduler.lag();
  store::add_leader_report(batch, link.keys(),
                           {.open_jobs = scheduler.open_jobs(),
                            .lag_p50 = lag.quantile(0.50),
                            .lag_p99 = lag.quantile(0.99),
                            .window = streamer.window().limit(),
                            .outstanding = streamer.window().outstanding()},
                           config.lease);
}

void Dispatcher::Impl::stop() {
  if (stopping != Stop::no) return;
  log_info("dispatcher stops", {{"outstanding", streamer.window().outstanding()}});
  stopping = Stop::draining;
  is_draining = true;
  update();
  // What nobody has been told of is found again by whoever leads next.
  streamer.window().drop_waiting();
  drain_until = loop.now() + config.drain_limit;
  look_whether_drained();
}

void Dispatcher::Impl::look_whether_drained() {
  if (stopping == Stop::saving && loop.now() >= stop_until) {
    log_error("the last snapshot takes too long; stopping without it");
    return end({});
  }
  if (stopping != Stop::draining) return;
  if (leader.is_leading() && streamer.window().outstanding() > 0 && loop.now() < drain_until)
    return;
  stopping = Stop::saving;
  stop_until = loop.now() + config.last_snapshot_limit;
  last_snapshot();
}

void Dispatcher::Impl::last_snapshot() {
  if (!leader.is_leading() || !link.is_up()) return end({});
  snapshots.now([this](const Result<Covered>& covered) {
    if (!covered) log_error("no last snapshot", {{"detail", covered.error().detail}});
    end({});
  });
}

void Dispatcher::Impl::end(Result<void> result) {
  if (stopping == Stop::over) return;
  stopping = Stop::over;
  is_draining = true;
  loop.cancel(std::exchange(ticker, 0));
  // Told from a turn of its own: the callback may destroy the dispatcher.
  leader.give_up([&l = loop, result = std::move(result), told = std::move(on_stopped)]() mutable {
    if (told)
      l.after(nanoseconds{0},
              [result = std::move(result), told = std::move(told)] { told(result); });
  });
}

Dispatcher::Dispatcher(Loop& loop, Clock& clock, Rng& rng, store::Connection& redis,
                       bus::Network& network, DispatcherConfig config)
    : impl_{std::make_unique<Impl>(loop, clock, rng, redis, network, std::move(config))} {}

Dispatcher::~Dispatcher() { impl_->loop.cancel(impl_->ticker); }

Result<void> Dispatcher::start() {
  auto& self = *impl_;
  if (!self.config.lock_file.empty()) {
    auto lock = LockFile::take(self.config.lock_file);
    if (!lock) return fail(std::move(lock.error()));
    self.lock = std::move(*lock);
  }
  self.leader.on_change([&self](bool is_leading) { self.led(is_leading); });
  self.leader.on_renew([&self](store::Batch& batch) { self.report(batch); });
  self.leader.on_refused([&self](Error why) { self.end(fail(std::move(why))); });
  self.streamer.on_credits([&self] { self.rescan(); });
  self.fleet.on_look([&self](const FleetSum& sum) { self.streamer.set_slots(sum.slots); });
  self.fleet.on_dead([&self](const std::vector<std::string>& dead) { self.undertaker.bury(dead); });
  self.leader.start();
  self.ticker = self.loop.after(self.config.tick, [&self] { self.tick(); });
  return {};
}

void Dispatcher::on_ready(std::function<void()> callback) { impl_->on_ready = std::move(callback); }

void Dispatcher::on_stopped(std::function<void(Result<void>)> callback) {
  impl_->on_stopped = std::move(callback);
}

void Dispatcher::set_intervals(scheduler::Intervals intervals) {
  impl_->scheduler.set_intervals(std::move(intervals));
}

void Dispatcher::drain_and_stop() { impl_->stop(); }

Endpoints Dispatcher::endpoints() const {
  if (!impl_->is_bound) return impl_->config.endpoints;
  return {impl_->streamer.jobs_endpoint(), impl_->streamer.work_endpoint(),
          impl_->control.endpoint()};
}

bool Dispatcher::is_leading() const noexcept { return impl_->leader.is_leading(); }
MonoTime Dispatcher::leads_until() const noexcept { return impl_->leader.leads_until(); }

void Dispatcher::add_metrics(metrics::Exposition& out) const {
  const auto& self = *impl_;
  dispatcher::add_metrics(out, {.is_leading = self.leader.is_leading(),
                                .is_paused = self.is_paused,
                                .is_draining = self.is_draining,
                                .is_redis_up = self.link.is_up(),
                                .counters = self.counters,
                                .window = self.streamer.window(),
                                .fleet = self.fleet.sum(),
                                .snapshots = self.snapshots.core(),
                                .scheduler = self.scheduler});
}

}  // namespace webmon::dispatcher
