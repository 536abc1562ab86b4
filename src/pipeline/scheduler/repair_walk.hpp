/// Puts the times of all assets right, a page per step: adds assets that have none (of a build
/// without schedule, or whose tags brought an interval), shortens times that an interval has become
/// too short for, takes out what is not to be checked. Between two walks every change keeps its own
/// times right; the walk is for what they cannot know. Threads: the loop's.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "lib/core/rng.hpp"
#include "lib/store/assets.hpp"
#include "lib/store/schedule.hpp"
#include "pipeline/scheduler/counters.hpp"
#include "pipeline/scheduler/plan.hpp"
#include "pipeline/scheduler/store_port.hpp"

namespace webmon::scheduler {

class RepairWalk {
 public:
  RepairWalk(StorePort& store, const store::Keys& keys, Rng& rng, const Intervals& intervals,
             Counters& counters, milliseconds every)
      : store_{store},
        keys_{keys},
        rng_{rng},
        intervals_{intervals},
        counters_{counters},
        every_{every} {}

  /// One step, unless one is under way. Each tick.
  void tick();
  /// Begins a walk now: the intervals have changed, or this dispatcher has begun to lead.
  void restart() noexcept;
  /// An asset whose entry the scheduler cannot make sense of; looked at before the walk goes on.
  void examine(AssetId id);

 private:
  using Replies = std::vector<store::Reply>;
  /// An asset whose time may be wrong.
  struct Suspect {
    AssetId id;
    std::optional<StoreTime> time;
    std::optional<store::PlanFields> fields;  ///< nothing: none are stored yet, or it is gone
  };
  template <class F>
  void call(store::Batch batch, F on_reply);
  void read_page();
  void advance(const std::vector<AssetId>& page);
  void read_times(std::vector<AssetId> ids, bool all);
  void read_fields(std::vector<Suspect> suspects);
  void read_documents(std::vector<Suspect> suspects);
  void repair(const std::vector<Suspect>& suspects, const std::vector<std::string>& known);
  std::optional<StoreTime> trusted_until() const;

  StorePort& store_;
  const store::Keys& keys_;
  Rng& rng_;
  const Intervals& intervals_;
  Counters& counters_;
  milliseconds every_;
  bool is_busy_ = false;
  bool is_walking_ = true;
  std::uint64_t begun_ = 0;  ///< walks begun by restart()
  MonoTime next_walk_{};
  Partition partition_ = 0;
  AssetId after_;
  std::map<Partition, std::vector<AssetId>> strays_;
};

}  // namespace webmon::scheduler
