/// Moves what executors left in the outboxes of the partitions into the one stream of events.
/// While nobody listens it looks seldom: then only changes of state are there. Threads: the loop's.
#pragma once

#include <memory>
#include <vector>

#include "pipeline/dispatcher/store_link.hpp"

namespace webmon::dispatcher {

class EventMover {
 public:
  explicit EventMover(StoreLink& link) : link_{link} {}

  /// Each tick under the lease.
  void tick();

 private:
  using Replies = std::vector<store::Reply>;
  void publish(const Replies& replies);

  StoreLink& link_;
  MonoTime next_{};
  bool is_busy_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
