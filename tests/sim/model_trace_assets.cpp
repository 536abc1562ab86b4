// Operations of assets.hpp.
#include "lib/store/groups.hpp"
#include "tests/sim/model_trace.hpp"

namespace webmon::sim {

using namespace store;

namespace {

const char* const kHosts[] = {"a.example", "b.example", "c.example"};
const char* const kTags[] = {"shop", "blog", "x.y-z_1", "prod"};

}  // namespace

Partition ModelTrace::some_partition() {
  return dice(8) == 0 ? static_cast<Partition>(dice(kPartitions))
                      : partition_of_host(kHosts[dice(3)]);
}

void ModelTrace::create_asset() {
  // Few paths: now and then the URL is known already.
  auto asset = new_asset("http://" + std::string{kHosts[dice(3)]} + "/" + std::to_string(dice(60)));
  if (!assets_.empty() && dice(10) == 0) asset.id = any(assets_).id;
  for (const auto* tag : kTags)
    if (dice(3) == 0) asset.tags.emplace_back(tag);
  std::ranges::sort(asset.tags);
  asset.enabled = dice(5) != 0;
  if (asset.id.partition() != partition_of_host(asset.url.host)) return;
  say([&](Batch& b) { add_asset_create(b, keys_, asset); });
  assets_.push_back(asset);
}

void ModelTrace::update_asset() {
  const auto& asset = any(assets_);
  const auto head = head_of(asset.id);
  const auto before = head && dice(8) != 0 ? head->asset : asset;
  auto after = before;
  if (dice(2) == 0) after.enabled = !after.enabled;
  if (dice(3) == 0)
    after.url = *parse_url("http://" + before.url.host + "/" + std::to_string(dice(60)));
  if (dice(2) == 0) {
    after.tags = {kTags[dice(4)]};
    after.updated = virtual_now();
  }
  say([&](Batch& b) { add_asset_update(b, keys_, before, after); });
}

void ModelTrace::remove_asset() {
  const auto& asset = any(assets_);
  const auto head = head_of(asset.id);
  const auto& seen = head ? head->asset : asset;
  say([&](Batch& b) { add_asset_remove(b, keys_, seen, dice(6) == 0 ? 77 : 0); });
  create_asset();
}

void ModelTrace::trash_asset() {
  const auto& asset = any(assets_);
  const auto head = head_of(asset.id);
  say([&](Batch& b) { add_asset_trash(b, keys_, head ? head->asset : asset); });
  if (dice(2) == 0) create_asset();
}

void ModelTrace::restore_asset() {
  const auto id = any(assets_).id;
  const auto trashed = answer([&](Batch& b) { add_trashed(b, keys_, id); }, read_trashed);
  if (trashed && *trashed) say([&](Batch& b) { add_asset_restore(b, keys_, (*trashed)->head); });
}

void ModelTrace::purge_asset() {
  const auto id = any(assets_).id;
  const auto until = dice(4) == 0 ? StoreTime{} : virtual_now();
  say([&](Batch& b) {
    add_trash(b, keys_, id.partition());
    add_trash_before(b, keys_, id.partition(), until, dice(3));
    add_asset_purge(b, keys_, id, until);
  });
}

void ModelTrace::change_group() {
  const auto* tag = kTags[dice(4)];
  const auto stored = answer([&](Batch& b) { add_groups(b, keys_); }, read_groups);
  std::optional<std::uint64_t> expected;
  if (dice(2) == 0 && stored) expected = dice(2) == 0 ? stored->version : dice(3);
  Group group;
  group.options.interval = seconds{5 + dice(100)};
  group.updated = virtual_now();
  say([&](Batch& b) {
    if (dice(3) == 0) {
      add_group_remove(b, keys_, tag, expected);
    } else {
      add_group_set(b, keys_, tag, group, expected);
    }
    add_group(b, keys_, tag);
    add_groups_version(b, keys_);
  });
}

void ModelTrace::import_asset() {
  const auto& from = any(assets_);
  const auto& to = any(assets_);
  const auto head = head_of(from.id);
  const auto blobs =
      answer([&](Batch& b) { add_asset_blobs(b, keys_, from.id); }, read_asset_blobs);
  if (!head || !blobs || !head_of(to.id)) return;
  say([&](Batch& b) {
    add_asset_import(b, keys_, to.id, *head, *blobs);
    add_asset_moved(b, keys_, from.id, to.id);
    add_moved(b, keys_, from.id);
    add_moved(b, keys_, to.id);
  });
}

void ModelTrace::list_assets() {
  const auto p = some_partition();
  const auto after = dice(2) == 0 ? AssetId{} : any(assets_).id;
  AssetFilter filter;
  if (dice(3) == 0)
    filter.tag = kTags[dice(4)];
  else if (dice(2) == 0)
    filter.state = static_cast<AssetState>(dice(kAssetStates));
  say([&](Batch& b) {
    add_asset_ids(b, keys_, p, filter, after, dice(20));
    add_state_counts(b, keys_, p);
  });
}

void ModelTrace::look_up_asset() {
  const auto& asset = any(assets_);
  say([&](Batch& b) {
    add_url_lookup(b, keys_, asset.url);
    add_asset_head(b, keys_, asset.id);
    add_model(b, keys_, asset.id);
    add_asset_blobs(b, keys_, asset.id);
  });
}

}  // namespace webmon::sim
