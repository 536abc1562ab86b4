/// Goes through the assets that a query means, in the order of (partition, id), a bounded part at a
/// time. What is added or removed meanwhile may be missed; nothing comes twice. Internal to this
/// folder.
#pragma once

#include <deque>
#include <vector>

#include "pipeline/api/asset_query.hpp"

namespace webmon::api {

class AssetWalk {
 public:
  /// Begins behind `after`; nil: at the start. The context must outlive the walk.
  AssetWalk(Context& context, AssetQuery query, AssetId after);

  struct Found {
    store::AssetHead head;
    std::string reports;  ///< the blob, if it was asked for
    StoreTime removed{};  ///< of a removed asset
  };
  /// What matches among the next candidates, of which it reads at most `candidates`. May be empty
  /// although the walk goes on.
  Awaitable<Checked<std::vector<Found>>> next(std::size_t candidates, bool with_reports);

  bool is_done() const noexcept { return ids_.empty() && partition_ >= end_; }
  /// A walk that begins behind it goes on where this one is: the last candidate, or, where a whole
  /// partition has been looked at, the last id that it could have. Never nil after next().
  AssetId position() const noexcept;

 private:
  Awaitable<Checked<void>> find_more(std::size_t count);
  Awaitable<Checked<void>> read_sets(std::size_t count);
  Awaitable<Checked<void>> scan_urls();
  Awaitable<Checked<void>> read_trash();
  void take_partition(std::vector<AssetId> ids);

  Context& context_;
  AssetQuery query_;
  std::optional<std::string> pattern_;
  unsigned partition_ = 0;  ///< the next to be looked at
  unsigned end_ = kPartitions;
  AssetId after_;  ///< within `partition_`
  AssetId position_;
  std::deque<AssetId> ids_;  ///< candidates
};

}  // namespace webmon::api
