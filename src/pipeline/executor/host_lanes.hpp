/// The budget for requests beside the page: to each host one at a time, and so many a minute. Pure;
/// `now` is an argument.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "lib/core/clock.hpp"

namespace webmon::executor {

class HostLanes {
 public:
  struct Budget {
    unsigned per_minute = 20;
    unsigned burst = 20;       ///< at once, after a quiet time
    std::size_t waiting = 16;  ///< for one host
  };
  enum class Turn : std::uint8_t {
    now,     ///< go; then `leave`
    later,   ///< waits; a `leave` will name it
    refused  ///< over the budget
  };

  explicit HostLanes(Budget budget);

  Turn enter(const std::string& host, const std::string& what, MonoTime now);
  /// The request to that host has ended: what goes next, if anything waits.
  std::optional<std::string> leave(const std::string& host);
  /// Hosts that it remembers.
  std::size_t size() const noexcept { return lanes_.size(); }

 private:
  struct Lane {
    bool is_busy = false;
    std::deque<std::string> waiting;
    MonoTime paid_until{};  ///< generic cell rate algorithm (ITU-T I.371): its theoretical time
  };
  void forget_idle(MonoTime now);

  Budget budget_;
  std::size_t tidy_at_;  ///< hosts; idle ones that owe nothing are then forgotten
  std::unordered_map<std::string, Lane> lanes_;
};

}  // namespace webmon::executor
