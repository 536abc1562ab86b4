#include "lib/store/trash.hpp"

#include <algorithm>
#include <iterator>

#include "lib/store/fields.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::store {

void add_asset_trash(Batch& batch, const Keys& keys, const Asset& asset) {
  const auto p = asset.id.partition();
  std::vector<std::string> names{keys.asset(asset.id), keys.trashed(asset.id), keys.urls(p),
                                 keys.trash(p),        keys.assets(p),         keys.next(p)};
  for (const auto& tag : asset.tags) names.push_back(keys.tag(p, tag));
  for (std::size_t i = 0; i < kAssetStates; ++i)
    names.push_back(keys.state(p, static_cast<AssetState>(i)));
  const std::vector<std::string> args{asset.id.text(), asset.url.text, number(asset.version)};
  batch.eval(Script::asset_trash, names, args);
}

Result<Updated> read_asset_trash(const Reply& reply) { return read_asset_update(reply); }

void add_trashed(Batch& batch, const Keys& keys, AssetId id) {
  batch.add({"HMGET", keys.trashed(id), "doc", "rev", "n", "state", "obs", "hl", "removed"});
}

Result<std::optional<TrashedAsset>> read_trashed(const Reply& reply) {
  const auto values = read_values(reply, 7);
  if (!values) return fail(values.error());
  auto head = read_asset_head(reply);
  if (!head) return fail(std::move(head.error()));
  if (!*head) return std::optional<TrashedAsset>{};
  const auto removed = read_number<std::int64_t>((*values)[6], "removed");
  if (!removed) return fail(removed.error());
  return std::optional{TrashedAsset{std::move(**head), store_time_ms(*removed)}};
}

void add_asset_restore(Batch& batch, const Keys& keys, const AssetHead& head) {
  const auto& asset = head.asset;
  const auto p = asset.id.partition();
  std::vector<std::string> names{
      keys.asset(asset.id), keys.trashed(asset.id),   keys.urls(p), keys.trash(p), keys.assets(p),
      keys.next(p),         keys.state(p, head.state)};
  for (const auto& tag : asset.tags) names.push_back(keys.tag(p, tag));
  const std::vector<std::string> args{asset.id.text(), asset.url.text, number(asset.version),
                                      std::string{to_string(head.state)}};
  batch.eval(Script::asset_restore, names, args);
}

Result<Updated> read_asset_restore(const Reply& reply) { return read_asset_update(reply); }

void add_asset_purge(Batch& batch, const Keys& keys, AssetId id, StoreTime until) {
  const std::vector<std::string> names{keys.trashed(id), keys.trash(id.partition()),
                                       keys.model(id),   keys.report(id),
                                       keys.history(id), keys.old_history(id)};
  const std::vector<std::string> args{id.text(), number(until)};
  batch.eval(Script::asset_purge, names, args);
}

Result<bool> read_asset_purge(const Reply& reply) {
  const auto gone = as_integer(reply);
  if (!gone) return fail(gone.error());
  return *gone == 1;
}

void add_trash_before(Batch& batch, const Keys& keys, Partition p, StoreTime until,
                      std::size_t count) {
  batch.add({"ZRANGEBYSCORE", keys.trash(p), "-inf", number(until), "LIMIT", "0", number(count)});
}

void add_trash(Batch& batch, const Keys& keys, Partition p) {
  batch.add({"ZRANGE", keys.trash(p), "0", "-1"});
}

Result<std::vector<AssetId>> read_trash(const Reply& reply) { return read_ids<AssetId>(reply); }

}  // namespace webmon::store
