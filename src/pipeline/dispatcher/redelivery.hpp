/// Redelivery and the reaper of expired leases: scans the `pend` index of every partition for jobs
/// whose next action is due and moves each by its script; what must be pushed goes to the streamer.
/// Threads: the loop's.
#pragma once

#include <memory>

#include "lib/core/rng.hpp"
#include "lib/store/jobs.hpp"
#include "pipeline/dispatcher/counters.hpp"
#include "pipeline/dispatcher/store_link.hpp"
#include "pipeline/dispatcher/streamer.hpp"

namespace webmon::dispatcher {

class Redelivery {
 public:
  Redelivery(StoreLink& link, Rng& rng, Streamer& streamer, Counters& counters)
      : link_{link}, rng_{rng}, streamer_{streamer}, counters_{counters} {}

  /// One pass over all partitions, unless one is under way. `dispatches` false (draining, paused):
  /// only expired leases and records without a job are dealt with.
  void scan(bool dispatches);
  /// A pass for ready jobs only, if the last one left some behind and a quarter of the window is
  /// free: so a backlog is worked off as fast as it is claimed, without reading all partitions for
  /// every place that comes free.
  void scan_backlog();
  /// The last pass left ready jobs behind: whoever has new ones lets these go first.
  bool has_backlog() const noexcept { return was_cut_; }

 private:
  void send_scan(std::size_t beyond);
  void on_scanned(const std::vector<store::Reply>& replies);
  void look_up(std::vector<JobId> ids);
  void move(const std::vector<JobId>& ids, const std::vector<store::Reply>& heads);
  void count(JobId id, const store::Reply& reply);

  StoreLink& link_;
  Rng& rng_;
  Streamer& streamer_;
  Counters& counters_;
  bool is_busy_ = false;
  bool dispatches_ = false;
  bool was_cut_ = false;   ///< the last pass left ready jobs behind
  std::size_t limit_ = 0;  ///< ids asked of each partition
  std::size_t most_ = 0;   ///< ids dealt with in this pass
  std::size_t held_ = 0;   ///< due ids of one partition that the window held already, at most
  std::size_t parts_ = kPartitions;  ///< partitions that had any in the last pass
  unsigned first_ = 0;  ///< the partition that is served first; moves on, so that none starves
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
