/// Assets in Redis: atomic upsert by URL, versioned update, removal, lists. Pure, pairs of add/read
/// as in jobs.hpp.
#pragma once

#include "lib/store/jobs.hpp"

namespace webmon::store {

/// Creates an asset unless its URL is known in the partition (the id's partition =
/// partition_of_host(url.host)).
struct Created {
  bool is_new = false;
  AssetId id;  ///< the new asset, or the one that has the URL already
};
void add_asset_create(Batch& batch, const Keys& keys, const Asset& asset);
Result<Created> read_asset_create(const Reply& reply);

/// Replaces the asset's document if its version is still `before.version`; afterwards it is one
/// higher, in the document too. `before` is the asset as read (for its tags, URL, enabled);
/// `after.updated` is the caller's to set. Within one host only (same partition).
struct Updated {
  enum class Kind : std::uint8_t { updated, stale, missing, url_taken } kind = Kind::missing;
  std::uint64_t version = 0;  ///< now
  AssetId other;              ///< url_taken: who has it
};
void add_asset_update(Batch& batch, const Keys& keys, const Asset& before, const Asset& after);
Result<Updated> read_asset_update(const Reply& reply);

/// Removes the asset with its statistics, reports and history. Its jobs end as cancelled when next
/// touched. `version` 0: that of `asset`, as read just before (its tags and URL say which sets to
/// clean): then stale means that it changed in between; read and remove again. Errors on read:
/// stale, not_found.
void add_asset_remove(Batch& batch, const Keys& keys, const Asset& asset, std::uint64_t version);
Result<Updated> read_asset_remove(const Reply& reply);

/// Where an asset went that changed its host (30 days): GET; nullopt if it did not.
void add_moved(Batch& batch, const Keys& keys, AssetId id);
Result<std::optional<AssetId>> read_moved(const Reply& reply);
/// Copies model, report, history and counters to the new id, leaves the forwarding entry. `blobs`
/// as read by GET model, report, history of the old asset.
struct AssetBlobs {
  std::string model, report, history;
};
void add_asset_blobs(Batch& batch, const Keys& keys, AssetId id);  ///< MGET model report history
Result<AssetBlobs> read_asset_blobs(const Reply& reply);
std::size_t add_asset_import(Batch& batch, const Keys& keys, AssetId to, const AssetHead& from,
                             const AssetBlobs& blobs);
void add_asset_moved(Batch& batch, const Keys& keys, AssetId from, AssetId to);

/// URL -> id (HGET in the partition of the host).
void add_url_lookup(Batch& batch, const Keys& keys, const Url& url);
Result<std::optional<AssetId>> read_url_lookup(const Reply& reply);

/// Ids after `after` (nil: from the start) in one partition, in order, at most `count`; of all
/// assets, of a tag, or of a state (ZRANGEBYLEX).
struct AssetFilter {
  std::optional<std::string> tag;
  std::optional<AssetState> state;  ///< at most one of the two is set
};
void add_asset_ids(Batch& batch, const Keys& keys, Partition p, const AssetFilter& filter,
                   AssetId after, std::size_t count);
Result<std::vector<AssetId>> read_asset_ids(const Reply& reply);

/// ZCARD of each state set of a partition: kAssetStates replies, in order of AssetState.
std::size_t add_state_counts(Batch& batch, const Keys& keys, Partition p);

}  // namespace webmon::store
