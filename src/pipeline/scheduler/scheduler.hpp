/// The scheduler: each pass finds the assets whose next check is due, decides when the one after
/// that is, and has the jobs made by the Jobs API. Part of the dispatcher process, under its
/// leader's lease; two that both believe to lead never make two jobs of one check, for every job is
/// made against the time that was read. What it does is proportional to what is due.
/// docs/scheduling.md. Not here: deciding times (plan.hpp), executing jobs. Threads: the loop's.
#pragma once

#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/rng.hpp"
#include "lib/loop/loop.hpp"
#include "lib/store/groups.hpp"
#include "pipeline/jobs/jobs_api.hpp"
#include "pipeline/scheduler/config.hpp"
#include "pipeline/scheduler/counters.hpp"
#include "pipeline/scheduler/hint_queue.hpp"
#include "pipeline/scheduler/lag.hpp"
#include "pipeline/scheduler/repair_walk.hpp"
#include "pipeline/scheduler/store_port.hpp"

namespace webmon::scheduler {

class Scheduler {
 public:
  Scheduler(Loop& loop, Clock& clock, Rng& rng, store::Redis& redis, store::Keys keys,
            Outlet outlet, ScheduleConfig config);

  /// One pass, unless one is under way. `is_on` false (standing by, paused, draining): nothing is
  /// submitted.
  void tick(bool is_on);
  /// From now on; a walk that puts all times right begins at the next tick.
  void set_intervals(Intervals intervals);
  /// The streamer has credits again.
  void on_credits() { hints_.pump(); }

  const Counters& counters() const noexcept { return counters_; }
  const Lag& lag() const noexcept { return lag_; }
  /// As counted last: assets with a time, and those overdue; jobs that have not ended.
  const store::ScheduleCounts& counts() const noexcept { return counts_; }
  std::uint64_t open_jobs() const noexcept { return open_; }

 private:
  using Replies = std::vector<store::Reply>;
  std::size_t room() const noexcept;
  void refresh_groups();
  void merge_intervals();
  void scan();
  void on_scanned(const Replies& replies, bool with_open, bool with_counts);
  std::size_t read_open(const Replies& replies, std::size_t at);
  std::size_t read_counts(const Replies& replies, std::size_t at);
  void read_fields(std::vector<store::DueAsset> due);
  void decide(const std::vector<store::DueAsset>& due, const Replies& replies);
  void submit(std::vector<store::PlannedCheck> checks);
  void take_out(const std::vector<store::Replan>& unplanned);
  void count(const store::PlannedCheck& check, store::Scheduled answer);

  StorePort store_;
  store::Keys keys_;
  Rng& rng_;
  ScheduleConfig config_;
  store::GroupsCopy groups_;
  Intervals intervals_;  ///< in force: as configured, and as groups say
  HintQueue hints_;
  JobsApi jobs_;
  Counters counters_;
  RepairWalk walk_;
  Lag lag_;
  store::ScheduleCounts counts_;
  std::uint64_t open_ = 0;  ///< jobs not ended when last counted, and those made since
  bool is_on_ = false;
  bool is_busy_ = false;
  bool is_refused_ = false;  ///< and that has been told
  MonoTime next_open_{}, next_count_{}, next_groups_{};
  std::size_t limit_ = 0;            ///< entries asked of each partition
  std::size_t parts_ = kPartitions;  ///< partitions that had any in the last pass
};

}  // namespace webmon::scheduler
