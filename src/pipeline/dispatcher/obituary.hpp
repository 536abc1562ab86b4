/// Which executors have died: known to Redis, but without a beat for so long that it is neither an
/// outage of Redis nor a slow reconnection. Each death is told once. Pure.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lib/core/clock.hpp"

namespace webmon::dispatcher {

class Obituary {
 public:
  explicit Obituary(milliseconds grace) : grace_{grace} {}

  /// One look at all executors that Redis lists: (id, is its beat there?). Returns those that have
  /// been without one for `grace` by now, over consecutive looks. Beats live 6 s: an executor dies
  /// at least that long before.
  std::vector<std::string> look(MonoTime now,
                                const std::vector<std::pair<std::string, bool>>& executors);
  /// Redis was away: what was missing then says nothing.
  void forget() { missing_.clear(); }

 private:
  struct Missing {
    MonoTime since;
    bool was_told = false;
  };
  milliseconds grace_;
  std::unordered_map<std::string, Missing> missing_;
};

}  // namespace webmon::dispatcher
