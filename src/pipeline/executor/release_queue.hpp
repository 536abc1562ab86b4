/// Leases to be given back, kept until Redis has answered or they have expired anyway. Sending one
/// twice is harmless: the second is fenced. Threads: the loop's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "lib/core/clock.hpp"
#include "lib/loop/loop.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/redis.hpp"

namespace webmon::executor {

class ReleaseQueue {
 public:
  static constexpr std::size_t kMost = 65'536;  ///< above it the oldest is left to expire

  struct Item {
    store::JobRef job;
    std::string token;
    store::Release release;
    MonoTime until{};  ///< end of the lease: afterwards the dispatcher has taken it back itself
  };

  /// All must outlive the queue, and the queue must outlive `redis`' callbacks.
  ReleaseQueue(Loop& loop, store::Redis& redis, const store::Keys& keys);
  ~ReleaseQueue();

  void add(Item item) { waiting_.push_back(std::move(item)); }
  /// Sends what waits. What Redis does not take is tried again soon.
  void flush();
  bool is_empty() const noexcept { return waiting_.empty() && in_flight_ == 0; }
  std::uint64_t released() const noexcept { return released_; }

 private:
  void on_reply(const std::deque<Item>& sent, Result<std::vector<store::Reply>> replies);
  void retry_soon();

  Loop& loop_;
  store::Redis& redis_;
  const store::Keys& keys_;
  std::deque<Item> waiting_;
  std::size_t in_flight_ = 0;
  std::uint64_t released_ = 0;
  Loop::TimerId timer_ = 0;
};

}  // namespace webmon::executor
