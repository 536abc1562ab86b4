/// Virtual time and the processes that live on it. Every simulated process has a real Loop on a
/// clock of its own; whatever happens to it is a timer there: a message that arrives, an answer of
/// Redis, its own ticks. The world turns the loop whose timer is due first. One thread, no waiting:
/// a life is a function of its seed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/rng.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::sim {

/// Dice of one life.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : rng_{seed} {}
  std::uint64_t below(std::uint64_t sides) { return rng_.next() % sides; }
  bool chance(unsigned permille) { return below(1'000) < permille; }
  milliseconds between(milliseconds least, milliseconds most) {
    return least + milliseconds{below(static_cast<std::uint64_t>((most - least).count()) + 1)};
  }
  template <class T>
  T& any(std::vector<T>& all) {
    return all[below(all.size())];
  }
  Rng& rng() noexcept { return rng_; }

 private:
  SeededRng rng_;
};

class World;

/// One process: its clocks and its loop. Killing it destroys it.
class Host {
 public:
  Host(World& world, std::string name);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Loop& loop() noexcept { return loop_; }
  Clock& clock() noexcept { return clock_; }
  Rng& rng() noexcept { return rng_; }
  const std::string& name() const noexcept { return name_; }
  /// A timer on the loop, counted from the world's now: for whatever comes from outside.
  Loop::TimerId in(nanoseconds delay, Loop::TimerCallback callback);

  /// SIGSTOP until then: its timers wait, its clocks go on.
  void pause_until(MonoTime until) noexcept { paused_until_ = until; }
  MonoTime paused_until() const noexcept { return paused_until_; }
  /// Its wall clock is stepped; nothing that matters may depend on it.
  void step_wall(milliseconds by) noexcept { clock_.step += by; }

 private:
  struct HostClock final : Clock {
    explicit HostClock(World& w) : world{w} {}
    MonoTime mono() noexcept override;
    StoreTime wall() noexcept override;
    World& world;
    milliseconds step{0};
  };

  World& world_;
  std::string name_;
  HostClock clock_;
  SeededRng rng_;
  Loop loop_;
  MonoTime paused_until_{};
};

class World {
 public:
  static constexpr StoreTime kEpoch{milliseconds{1'800'000'000'000}};  // 2027-01-15T08:00:00Z

  explicit World(std::uint64_t seed) : dice_{seed} {}

  MonoTime now() const noexcept { return now_; }
  StoreTime wall() const noexcept {
    return kEpoch + std::chrono::duration_cast<milliseconds>(now_.time_since_epoch());
  }
  Dice& dice() noexcept { return dice_; }

  /// Turns loops in order of time until nothing is due before `end`, or `stop` answers true (asked
  /// after each turn). Throws std::runtime_error if a life does not get on: too many turns.
  void run_until(MonoTime end, const std::function<bool()>& stop = {});
  std::uint64_t turns() const noexcept { return turns_; }

 private:
  friend class Host;
  Host* next(MonoTime& at) noexcept;

  Dice dice_;
  MonoTime now_{};
  std::vector<Host*> hosts_;
  std::uint64_t turns_ = 0;
};

}  // namespace webmon::sim
