/// Gives back the leases of executors that have died, long before they would expire: sweeps the
/// leased part of the `pend` index and releases what such an executor holds, with its own token, so
/// that a live one is never robbed: if it was only silent, its commits are fenced as after an
/// expiry. Threads: the loop's.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "lib/core/rng.hpp"
#include "lib/store/jobs.hpp"
#include "pipeline/dispatcher/counters.hpp"
#include "pipeline/dispatcher/store_link.hpp"

namespace webmon::dispatcher {

class Undertaker {
 public:
  Undertaker(StoreLink& link, Rng& rng, Counters& counters)
      : link_{link}, rng_{rng}, counters_{counters} {}

  /// These have died; the next sweep looks for their leases.
  void bury(const std::vector<std::string>& executors);
  /// One step of a sweep, if there is one to do. Each tick.
  void tick();

 private:
  using Replies = std::vector<store::Reply>;
  template <class F>
  void call(store::Batch batch, F on_reply);
  void scan();
  void look_up(const std::vector<JobId>& ids);
  void release(const std::vector<JobId>& ids, const Replies& replies);

  StoreLink& link_;
  Rng& rng_;
  Counters& counters_;
  std::unordered_set<std::string> waiting_, dead_;  ///< for the next sweep; of this one
  Partition next_ = kPartitions;  ///< to be swept; kPartitions: the sweep has ended
  std::size_t offset_ = 0;
  bool is_busy_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
