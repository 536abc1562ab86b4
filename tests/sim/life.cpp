#include "tests/sim/life.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "pipeline/dispatcher/dispatcher.hpp"
#include "tests/sim/client.hpp"
#include "tests/sim/executor_actor.hpp"
#include "tests/sim/invariants.hpp"

namespace webmon::sim {
namespace {

constexpr seconds kFaults{25};
constexpr seconds kSettle{300};  ///< I6: a poisoned page kills each worker, and what lies in its
                                 ///< pipe waits 10 s each time
constexpr seconds kCalm{30};     ///< peace in which schedules must become punctual
constexpr seconds kRetention{
    20};                        ///< longer than a late command of a dead client can be on its way
constexpr seconds kRetire{40};  ///< an abandoned submission counts as ended only after a retention
constexpr milliseconds kCheckEvery{1'000};

/// A dispatcher process.
class DispatcherActor {
 public:
  DispatcherActor(World& world, RedisHost& redis, Wires& wires, std::string name, milliseconds tick)
      : world_{world}, redis_{redis}, wires_{wires}, name_{std::move(name)}, tick_{tick} {
    start();
  }
  void start() {
    if (!life_) life_ = std::make_unique<Life>(world_, redis_, wires_, name_, tick_);
  }
  void kill() { life_.reset(); }
  void pause(milliseconds time) {
    if (life_) life_->host.pause_until(world_.now() + time);
  }
  void step_clock(milliseconds by) {
    if (life_) life_->host.step_wall(by);
  }
  /// By what it knows, also while it sleeps or is stopped.
  bool is_leading() const { return life_ && life_->dispatcher.leads_until() > world_.now(); }

 private:
  struct Life {
    Life(World& world, RedisHost& redis, Wires& wires, const std::string& name, milliseconds tick)
        : host{world, name}, network{wires, host}, link{host, redis}, dispatcher{host.loop(),
                                                                                 host.clock(),
                                                                                 host.rng(),
                                                                                 link,
                                                                                 network,
                                                                                 config(tick)} {
      if (!dispatcher.start()) throw std::logic_error{"a dispatcher does not start"};
    }
    static dispatcher::DispatcherConfig config(milliseconds tick) {
      dispatcher::DispatcherConfig config;
      config.endpoints = {"sim://jobs", "sim://work", "sim://control"};
      config.schedule.intervals.all.reset();  // assets have an interval of their own, or none
      config.run_retention = kRetention;
      config.runs_every = milliseconds{1'000};
      config.tick = tick;
      return config;
    }
    Host host;
    HostNetwork network;
    Link link;
    dispatcher::Dispatcher dispatcher;
  };

  World& world_;
  RedisHost& redis_;
  Wires& wires_;
  std::string name_;
  milliseconds tick_;
  std::unique_ptr<Life> life_;
};

/// Which faults this life has, and how often: not all at once, so that each is seen alone, too.
struct Swarm {
  explicit Swarm(Dice& dice) {
    for (auto& weight : weights) weight = dice.chance(500) ? 1 + dice.below(4) : 0;
    every = dice.between(milliseconds{150}, milliseconds{3'000});
  }
  std::array<std::uint64_t, 16> weights{};
  milliseconds every{};
};

class Life {
 public:
  Life(std::uint64_t seed, const Bug* bug)
      : world_{seed},
        swarm_{world_.dice()},
        redis_{world_, ledger_},
        wires_{world_},
        nemesis_{world_, "nemesis"} {
    if (bug != nullptr && bug->script) plant(*bug);
    set_faults();
    auto& dice = world_.dice();
    // Most of a life is ticks: with the product's 250 ms only few can be lived.
    const milliseconds tick{dice.chance(30) ? 250 : 1'000 << dice.below(3)};
    if (dice.chance(400)) interval_ = seconds{5 + dice.below(15)};
    if (interval_) ledger_.set_least_pause(milliseconds{*interval_} / 2);
    for (std::uint64_t i = 1 + dice.below(2); i > 0; --i)
      dispatchers_.push_back(std::make_unique<DispatcherActor>(
          world_, redis_, wires_, "dispatcher" + std::to_string(i), tick));
    for (std::uint64_t i = 1 + dice.below(3); i > 0; --i)
      executors_.push_back(std::make_unique<ExecutorActor>(
          world_, redis_, wires_, web_, "executor" + std::to_string(i), executor_settings(bug)));
    client_ =
        std::make_unique<Client>(world_, redis_, wires_, ledger_,
                                 ClientSettings{2 + dice.below(12), dice.chance(200), interval_});
  }

  void trace(const std::string& job) { ledger_.trace(job); }
  LifeResult run();

 private:
  void plant(const Bug& bug);
  void set_faults();
  ExecutorSettings executor_settings(const Bug* bug);
  void check();
  void strike();
  void hit(std::size_t fault);
  void hit_dispatcher(std::size_t fault);
  void hit_executor(std::size_t fault);
  void hit_redis(std::size_t fault);
  void peace();
  bool is_settled() const;
  std::string describe_job(const std::string& id);
  bool is_over() const { return !ledger_.violations().empty(); }

  World world_;
  Swarm swarm_;
  std::optional<seconds> interval_;  ///< of every asset
  Ledger ledger_;
  RedisHost redis_;
  Wires wires_;
  WebFaults web_;
  Host nemesis_;
  std::vector<std::unique_ptr<DispatcherActor>> dispatchers_;
  std::vector<std::unique_ptr<ExecutorActor>> executors_;
  std::unique_ptr<Client> client_;
  std::uint64_t kills_ = 0, seen_rollbacks_ = 0;
  bool is_peace_ = false, was_stepped_ = false;
};

void Life::plant(const Bug& bug) {
  std::string text{store::script_text(*bug.script)};
  const auto at = text.find(bug.from);
  if (at == std::string::npos) throw std::logic_error{bug.name + ": its text is not in the script"};
  redis_.replace_script(*bug.script, text.replace(at, bug.from.size(), bug.to));
}

void Life::set_faults() {
  auto& dice = world_.dice();
  auto& bus = wires_.faults();
  if (dice.chance(600)) bus.drop_permille = static_cast<unsigned>(dice.below(500));
  if (dice.chance(600)) bus.double_permille = static_cast<unsigned>(dice.below(400));
  if (dice.chance(600)) bus.late_permille = static_cast<unsigned>(dice.below(300));
  web_ = {.silent_permille = 20, .slow_permille = 50, .down_permille = 30};
  auto& redis = redis_.faults();
  if (dice.chance(300)) redis.link_breaks_permille = static_cast<unsigned>(dice.below(20));
  if (dice.chance(300)) redis.bgsave_fails_permille = static_cast<unsigned>(dice.below(500));
  redis.most_latency = dice.chance(100) ? milliseconds{200} : milliseconds{3};
}

ExecutorSettings Life::executor_settings(const Bug* bug) {
  auto& dice = world_.dice();
  ExecutorSettings settings;
  settings.slots = static_cast<unsigned>(1 + dice.below(12));
  if (dice.chance(500)) settings.limits = {0, 0};
  settings.lease = dice.chance(500) ? milliseconds{15'000} : milliseconds{30'000};
  settings.has_weak_tokens = bug != nullptr && bug->name == "tokens-counted";
  return settings;
}

void Life::check() {
  nemesis_.in(kCheckEvery, [this] { check(); });
  if (!redis_.is_up()) return;
  check_store(redis_.store(), ledger_);
  // A restored Redis has forgotten its leader, a stepped clock ends a lease early.
  const bool is_steady = redis_.rollbacks() == 0 && !was_stepped_;
  if (is_steady &&
      std::ranges::count_if(dispatchers_, [](const auto& d) { return d->is_leading(); }) > 1)
    ledger_.violated("two dispatchers lead");
  if (redis_.rollbacks() != std::exchange(seen_rollbacks_, redis_.rollbacks()))
    client_->check_promises();
}

// ---- the nemesis

void Life::strike() {
  if (is_peace_) return;
  auto& dice = world_.dice();
  nemesis_.in(dice.between(milliseconds{10}, 2 * swarm_.every), [this] { strike(); });
  std::uint64_t sum = 0;
  for (const auto weight : swarm_.weights) sum += weight;
  if (sum == 0) return;
  auto at = dice.below(sum);
  std::size_t fault = 0;
  while (at >= swarm_.weights[fault]) at -= swarm_.weights[fault++];
  ++kills_;
  hit(fault);
}

void Life::hit(std::size_t fault) {
  auto& dice = world_.dice();
  if (fault < 3) return hit_dispatcher(fault);
  if (fault < 10) return hit_executor(fault - 3);
  if (fault < 13) return hit_redis(fault - 10);
  if (fault == 13) {
    client_->kill_api();
    nemesis_.in(dice.between(milliseconds{50}, milliseconds{2'000}),
                [this] { client_->start_api(); });
  } else if (fault == 14) {
    const milliseconds by{static_cast<std::int64_t>(dice.below(7'200'000)) - 3'600'000};
    dice.any(executors_)->step_clock(by);
    dice.any(dispatchers_)->step_clock(by);
  } else {
    was_stepped_ = true;
    ledger_.set_least_pause(milliseconds{0});
    redis_.step_clock(milliseconds{static_cast<std::int64_t>(dice.below(20'000)) - 10'000});
  }
}

void Life::hit_dispatcher(std::size_t fault) {
  auto& dice = world_.dice();
  auto* victim = dice.any(dispatchers_).get();
  if (fault == 0) return victim->pause(dice.between(milliseconds{500}, milliseconds{12'000}));
  victim->kill();
  nemesis_.in(dice.between(milliseconds{50}, milliseconds{6'000}), [victim] { victim->start(); });
}

void Life::hit_executor(std::size_t fault) {
  auto& dice = world_.dice();
  auto* victim = dice.any(executors_).get();
  switch (fault) {
    case 0:
      return victim->kill_worker(ExecutorActor::Death::plain);
    case 1:
      return victim->kill_worker(ExecutorActor::Death::in_plugin);
    case 2:
      return victim->kill_worker(ExecutorActor::Death::outside_plugin);
    case 3:
      return victim->pause_worker(dice.between(milliseconds{500}, milliseconds{25'000}));
    case 4:
      return victim->pause_supervisor(dice.between(milliseconds{500}, milliseconds{25'000}));
    case 5:
      return victim->restart_gently();
    default:
      victim->kill();
      nemesis_.in(dice.between(milliseconds{50}, milliseconds{15'000}),
                  [victim] { victim->start(); });
  }
}

void Life::hit_redis(std::size_t fault) {
  auto& dice = world_.dice();
  if (fault == 0) return redis_.pause(dice.between(milliseconds{100}, milliseconds{7'000}));
  if (fault == 1) return redis_.kill(dice.between(milliseconds{50}, milliseconds{3'000}));
  redis_.faults().bgsave_fails_permille = dice.chance(500) ? 0 : 700;
}

void Life::peace() {
  is_peace_ = true;
  wires_.faults() = {};
  web_ = {};
  redis_.faults() = {};
  client_->start_api();
  for (auto& dispatcher : dispatchers_) dispatcher->start();
  for (auto& executor : executors_) executor->start();
}

bool Life::is_settled() const {
  return client_->is_idle() && std::ranges::none_of(ledger_.books().jobs, [](const auto& job) {
           return job.second.is_open();
         });
}

std::string Life::describe_job(const std::string& id) {
  const auto job = parse_id<JobId>(id).value();
  const store::Keys keys;
  const auto score = redis_.store().score(keys.pend(job.partition()), id);
  return describe(redis_.store(), keys.job(job)) +
         (score
              ? " due in " +
                    std::to_string(static_cast<std::int64_t>(*score) - to_ms(redis_.time())) + " ms"
              : "");
}

// ---- from birth to end

LifeResult Life::run() {
  check();
  strike();
  const auto over = [this] { return is_over(); };
  world_.run_until(world_.now() + kFaults, over);
  peace();
  if (interval_ && !is_over()) {
    world_.run_until(world_.now() + kCalm, over);
    check_schedule(redis_.store(), redis_.time(), ledger_);
  }
  client_->wind_down();
  const auto began = world_.now();
  std::uint64_t turn = 0;
  world_.run_until(began + kSettle,
                   [&] { return is_over() || (++turn % 64 == 0 && is_settled()); });
  LifeResult result;
  result.settled_in = std::chrono::duration_cast<milliseconds>(world_.now() - began);
  if (!is_over() && !is_settled()) {
    ledger_.violated("I6: not settled " + std::to_string(kSettle.count()) +
                     " s after the last fault");
    for (const auto& [id, job] : ledger_.books().jobs)
      if (job.is_open()) ledger_.violated("  open: " + id + describe_job(id));
  }
  if (!is_over()) {
    world_.run_until(world_.now() + kRetention + kRetire, over);
    check_store(redis_.store(), ledger_);
    check_leftovers(redis_.store(), ledger_);
    client_->check_promises();
    for (const auto& executor : executors_)
      if (executor->in_flight() + executor->releases_waiting() != 0)
        ledger_.violated("an executor still holds something");
  }
  result.violations = ledger_.violations();
  result.turns = world_.turns();
  result.commands = redis_.commands();
  result.commits = ledger_.commits();
  result.fenced = ledger_.fenced();
  result.stale = ledger_.stale();
  result.rollbacks = redis_.rollbacks();
  result.jobs = ledger_.books().jobs.size();
  result.lost_messages = wires_.lost();
  result.promises = client_->promises();
  result.kills = kills_;
  result.scheduled = ledger_.scheduled();
  return result;
}

}  // namespace

LifeResult live(std::uint64_t seed, const Bug* bug, const std::string& traced) {
  Life life{seed, bug};
  life.trace(traced);
  return life.run();
}

}  // namespace webmon::sim
