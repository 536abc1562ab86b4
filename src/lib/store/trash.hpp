/// Removed assets: kept for a day with all that was learned, then purged. Pure, pairs of add/read
/// as in jobs.hpp.
#pragma once

#include <vector>

#include "lib/store/assets.hpp"

namespace webmon::store {

inline constexpr milliseconds kUndoWindow{24 * 3'600 * 1'000};

/// Removes the asset so that it can be restored: it leaves every set, the schedule and the URL
/// index; its jobs end as cancelled when next touched. `asset` as read just before: stale means
/// that it changed in between.
void add_asset_trash(Batch& batch, const Keys& keys, const Asset& asset);
Result<Updated> read_asset_trash(const Reply& reply);

/// A removed asset as it was, and when it was removed; nullopt if there is none of this id.
struct TrashedAsset {
  AssetHead head;
  StoreTime removed{};
};
void add_trashed(Batch& batch, const Keys& keys, AssetId id);
Result<std::optional<TrashedAsset>> read_trashed(const Reply& reply);

/// Brings it back. `url_taken`: another asset has its URL meanwhile.
void add_asset_restore(Batch& batch, const Keys& keys, const AssetHead& head);
Result<Updated> read_asset_restore(const Reply& reply);

/// `until` for an asset that may have been removed at any time: a removal that the api repeats
/// after a restart of Redis is younger than it was.
inline constexpr StoreTime kWhenever{milliseconds{1LL << 50}};
/// Deletes it for good if it was removed at `until` or before.
void add_asset_purge(Batch& batch, const Keys& keys, AssetId id, StoreTime until);
/// Whether it was deleted.
Result<bool> read_asset_purge(const Reply& reply);

/// Ids of one partition that were removed at `until` or before, the oldest first, at most `count`.
void add_trash_before(Batch& batch, const Keys& keys, Partition p, StoreTime until,
                      std::size_t count);
/// All of one partition.
void add_trash(Batch& batch, const Keys& keys, Partition p);
Result<std::vector<AssetId>> read_trash(const Reply& reply);

}  // namespace webmon::store
