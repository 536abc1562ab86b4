#include "tests/sim/executor_actor.hpp"

#include <utility>

namespace webmon::sim {
namespace {

constexpr milliseconds kReap{50};
constexpr milliseconds kLookForEnd{100};
constexpr std::uint8_t kSomePlugin = 3;

/// Tokens that another process makes again.
class CountingRng final : public Rng {
 public:
  std::uint64_t next() noexcept override { return ++count_; }

 private:
  std::uint64_t count_ = 0;
};

}  // namespace

/// A worker process.
struct ExecutorActor::WorkerLife {
  WorkerLife(World& world, RedisHost& redis, Wires& wires, const WebFaults& web,
             const executor::ExecutorConfig& config, executor::LeasePage& page,
             const std::string& name, bool has_weak_tokens,
             std::function<void(const Url&)> on_poison)
      : host{world, name},
        network{wires, host},
        pages{world, host, web, std::move(on_poison)},
        worker{{.loop = host.loop(),
                .clock = host.clock(),
                .rng = has_weak_tokens ? static_cast<Rng&>(counting) : host.rng(),
                .bus = network,
                .counters = counters,
                .page = page,
                .pages = pages,
                .open_store = [this, &redis] { return std::make_unique<Link>(host, redis); }},
               config} {
    if (!worker.start()) throw std::logic_error{"a worker does not start"};
  }

  Host host;
  HostNetwork network;
  SimPages pages;
  CountingRng counting;
  executor::Counters counters;
  executor::Worker worker;
};

/// A supervisor process.
struct ExecutorActor::Life {
  Life(World& world, RedisHost& redis, const std::string& name, executor::ExecutorConfig c)
      : config{std::move(c)},
        page{executor::LeasePage::create(1, config.slots, config.id).value()},
        host{world, name + "/supervisor"},
        link{host, redis},
        releases{host.loop(), link, config.keys} {
    link.on_up([this] { releases.flush(); });
  }

  executor::ExecutorConfig config;
  executor::LeasePage page;
  Host host;
  Link link;
  executor::ReleaseQueue releases;
  std::unique_ptr<WorkerLife> worker;
};

ExecutorActor::ExecutorActor(World& world, RedisHost& redis, Wires& wires, const WebFaults& web,
                             std::string name, ExecutorSettings settings)
    : world_{world},
      redis_{redis},
      wires_{wires},
      web_{web},
      name_{std::move(name)},
      settings_{settings} {
  start();
}

ExecutorActor::~ExecutorActor() = default;

void ExecutorActor::start() {
  if (life_) return;
  executor::ExecutorConfig config;
  config.id = name_ + ":" + std::to_string(++starts_);
  config.work_endpoint = "sim://work";
  config.slots = settings_.slots;
  config.lease = settings_.lease;
  config.host_limits = settings_.limits;
  life_ = std::make_unique<Life>(world_, redis_, name_, std::move(config));
  life_->host.in(nanoseconds{0}, [this] { settle(); });
}

void ExecutorActor::kill() { life_.reset(); }

/// What the supervisor does when its worker has died: leases back, the next worker.
void ExecutorActor::settle() {
  auto& life = *life_;
  const auto until = world_.now() + life.config.lease;
  for (auto& settled : executor::settle(executor::examine(life.page, std::nullopt)))
    life.releases.add({std::move(settled.lease.job), std::move(settled.lease.token),
                       std::move(settled.release), until});
  life.releases.flush();
  life.page.clear();
  life.worker = std::make_unique<WorkerLife>(
      world_, redis_, wires_, web_, life.config, life.page, name_, settings_.has_weak_tokens,
      [this](const Url&) {
        // The process dies at this point; from here on nothing of it moves.
        life_->worker->host.pause_until(MonoTime::max());
        life_->host.in(nanoseconds{0}, [this] { kill_worker(Death::outside_plugin); });
      });
}

void ExecutorActor::kill_worker(Death death) {
  if (!life_ || !life_->worker) return;
  auto& page = life_->page;
  const auto held = page.held();
  if (death != Death::plain && !held.empty()) {
    const auto& victim = held[world_.dice().below(held.size())];
    page.work_on(0, victim.slot);
    if (death == Death::in_plugin) page.enter(0, kSomePlugin, world_.now());
    page.crashed(0);
  }
  life_->worker.reset();
  life_->host.in(kReap, [this] { settle(); });
}

void ExecutorActor::pause_worker(milliseconds time) {
  if (life_ && life_->worker) life_->worker->host.pause_until(world_.now() + time);
}

void ExecutorActor::pause_supervisor(milliseconds time) {
  if (life_) life_->host.pause_until(world_.now() + time);
}

void ExecutorActor::step_clock(milliseconds by) {
  if (life_ && life_->worker) life_->worker->host.step_wall(by);
}

void ExecutorActor::restart_gently() {
  if (!life_ || !life_->worker) return;
  life_->worker->worker.request_stop();
  life_->worker->host.in(nanoseconds{0}, [] {});  // what wake() does
  life_->host.in(kLookForEnd, [this] { look_for_end(); });
}

void ExecutorActor::look_for_end() {
  if (!life_->worker) return;
  if (!life_->worker->worker.has_stopped()) {
    life_->host.in(kLookForEnd, [this] { look_for_end(); });
    return;
  }
  life_->worker.reset();
  settle();
}

std::size_t ExecutorActor::in_flight() const noexcept {
  return life_ && life_->worker ? static_cast<std::size_t>(life_->worker->counters.in_flight.load())
                                : 0;
}

std::size_t ExecutorActor::releases_waiting() const noexcept {
  return life_ && !life_->releases.is_empty() ? 1 : 0;
}

}  // namespace webmon::sim
