#include "tests/sim/world.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace webmon::sim {
namespace {

constexpr std::uint64_t kMostTurns = 3'000'000;

}  // namespace

MonoTime Host::HostClock::mono() noexcept { return world.now(); }
StoreTime Host::HostClock::wall() noexcept { return world.wall() + step; }

Host::Host(World& world, std::string name)
    : world_{world},
      name_{std::move(name)},
      clock_{world},
      rng_{world.dice().rng().next()},
      loop_{clock_} {
  world_.hosts_.push_back(this);
}

Host::~Host() { std::erase(world_.hosts_, this); }

Loop::TimerId Host::in(nanoseconds delay, Loop::TimerCallback callback) {
  return loop_.at(world_.now() + delay, std::move(callback));
}

Host* World::next(MonoTime& at) noexcept {
  Host* first = nullptr;
  for (auto* host : hosts_) {
    const auto timer = host->loop().next_timer();
    if (!timer) continue;
    const auto due = std::max({*timer, host->paused_until(), now_});
    if (first != nullptr && due >= at) continue;
    first = host;
    at = due;
  }
  return first;
}

void World::run_until(MonoTime end, const std::function<bool()>& stop) {
  for (;;) {
    MonoTime at{};
    auto* host = next(at);
    if (host == nullptr || at > end) break;
    now_ = at;
    if (++turns_ > kMostTurns) throw std::runtime_error{"too many turns: a part spins"};
    (void)host->loop().turn(nanoseconds{0});
    if (stop && stop()) return;
  }
  now_ = std::max(now_, end);
}

}  // namespace webmon::sim
