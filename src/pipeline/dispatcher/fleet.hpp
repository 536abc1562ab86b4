/// Which executors are alive and how many slots they have, from their beats in Redis. Threads: the
/// loop's.
#pragma once

#include <functional>
#include <memory>

#include "pipeline/dispatcher/obituary.hpp"
#include "pipeline/dispatcher/store_link.hpp"

namespace webmon::dispatcher {

struct FleetSum {
  std::size_t executors = 0;
  std::size_t slots = 0;
  std::size_t in_flight = 0;
};

class Fleet {
 public:
  /// `grace`: how long an executor may be without a beat, which itself lives 6 s, before it is
  /// dead.
  Fleet(StoreLink& link, milliseconds grace) : link_{link}, obituary_{grace} {}

  /// Reads the beats if the last look is two seconds old. Each tick.
  void tick();
  /// Called after each look, once any executor has ever been seen.
  void on_look(std::function<void(const FleetSum&)> callback) { on_look_ = std::move(callback); }
  /// Called with the executors that have died since the last look.
  void on_dead(std::function<void(const std::vector<std::string>&)> callback) {
    on_dead_ = std::move(callback);
  }
  const FleetSum& sum() const noexcept { return sum_; }

 private:
  void read_beats(std::vector<std::string> ids);
  void judge(const std::vector<std::string>& ids, const std::vector<store::Reply>& replies);

  StoreLink& link_;
  Obituary obituary_;
  FleetSum sum_;
  bool has_seen_any_ = false;
  MonoTime next_{};
  std::function<void(const FleetSum&)> on_look_;
  std::function<void(const std::vector<std::string>&)> on_dead_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
