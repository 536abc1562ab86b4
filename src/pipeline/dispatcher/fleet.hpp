/// Which executors are alive and how many slots they have, from their beats in Redis. Threads: the
/// loop's.
#pragma once

#include <functional>
#include <memory>

#include "pipeline/dispatcher/store_link.hpp"

namespace webmon::dispatcher {

struct FleetSum {
  std::size_t executors = 0;
  std::size_t slots = 0;
  std::size_t in_flight = 0;
};

class Fleet {
 public:
  explicit Fleet(StoreLink& link) : link_{link} {}

  /// Reads the beats if the last look is two seconds old. Each tick.
  void tick();
  /// Called after each look, once any executor has ever been seen.
  void on_look(std::function<void(const FleetSum&)> callback) { on_look_ = std::move(callback); }
  const FleetSum& sum() const noexcept { return sum_; }

 private:
  void read_beats(std::vector<std::string> ids);

  StoreLink& link_;
  FleetSum sum_;
  bool has_seen_any_ = false;
  MonoTime next_{};
  std::function<void(const FleetSum&)> on_look_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
