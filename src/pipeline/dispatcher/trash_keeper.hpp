/// Purges removed assets once their undo window is over: one partition after the other, a bounded
/// number each time. Threads: the loop's.
#pragma once

#include <memory>

#include "lib/store/trash.hpp"
#include "pipeline/dispatcher/store_link.hpp"

namespace webmon::dispatcher {

class TrashKeeper {
 public:
  /// `window`: how long a removed asset can be restored. A partition is looked at `every`.
  TrashKeeper(StoreLink& link, milliseconds window, milliseconds every)
      : link_{link}, window_{window}, every_{every} {}

  void tick();

 private:
  using Replies = std::vector<store::Reply>;
  void purge(const std::vector<AssetId>& ids, StoreTime until);

  StoreLink& link_;
  milliseconds window_, every_;
  bool is_busy_ = false;
  Partition next_ = 0;
  MonoTime next_look_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
