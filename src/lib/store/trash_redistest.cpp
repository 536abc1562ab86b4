#include "lib/store/redis_fixture.hpp"
#include "lib/store/trash.hpp"

namespace webmon::store {
namespace {

class Trash : public RedisTest {
 protected:
  Updated trash(const Asset& asset) {
    return ask([&](Batch& b) { add_asset_trash(b, keys_, asset); }, read_asset_trash);
  }
  Updated restore(const AssetHead& head) {
    return ask([&](Batch& b) { add_asset_restore(b, keys_, head); }, read_asset_restore);
  }
  bool purge(AssetId id, StoreTime until) {
    return ask([&](Batch& b) { add_asset_purge(b, keys_, id, until); }, read_asset_purge);
  }
  std::optional<TrashedAsset> trashed(AssetId id) {
    return ask([&](Batch& b) { add_trashed(b, keys_, id); }, read_trashed);
  }
  std::vector<AssetId> trash_before(Partition p, StoreTime until) {
    return ask([&](Batch& b) { add_trash_before(b, keys_, p, until, 10); }, read_trash);
  }
  /// Every key of the partition's sets that names the asset.
  bool is_in(const std::string& set, AssetId id) {
    return redis({"ZSCORE", set, id.text()}) != "(nil)";
  }
  Asset tagged() {
    auto asset = new_asset("http://a.example/x");
    asset.tags = {"blue", "red"};
    tell([&](Batch& b) { add_asset_create(b, keys_, asset); });
    return asset;
  }
};

TEST_F(Trash, ARemovedAssetIsNowhereButInTheTrashAndItsUrlIsFree) {
  const auto asset = tagged();
  const auto p = asset.id.partition();
  redis({"SET", keys_.model(asset.id), "what was learned"});
  EXPECT_EQ(trash(asset).kind, Updated::Kind::updated);
  EXPECT_FALSE(head_of(asset.id));
  for (const auto& set : {keys_.assets(p), keys_.next(p), keys_.tag(p, "blue"), keys_.tag(p, "red"),
                          keys_.state(p, AssetState::unknown)}) {
    EXPECT_FALSE(is_in(set, asset.id)) << set;
  }
  ASSERT_TRUE(trashed(asset.id));
  EXPECT_EQ(to_json(trashed(asset.id)->head.asset), to_json(asset));
  EXPECT_GT(to_ms(trashed(asset.id)->removed), 0);
  EXPECT_EQ(redis({"GET", keys_.model(asset.id)}), "what was learned");
  EXPECT_EQ(trash(asset).kind, Updated::Kind::missing) << "a second time";
  create("http://a.example/x");
}

TEST_F(Trash, RestoringBringsBackEverything) {
  const auto asset = tagged();
  const auto p = asset.id.partition();
  const auto rev = head_of(asset.id)->rev;
  trash(asset);
  EXPECT_EQ(restore(trashed(asset.id)->head).kind, Updated::Kind::updated);
  const auto head = head_of(asset.id);
  ASSERT_TRUE(head);
  EXPECT_EQ(to_json(head->asset), to_json(asset));
  EXPECT_GT(head->rev, rev) << "a check that was under way must be stale";
  for (const auto& set : {keys_.assets(p), keys_.next(p), keys_.tag(p, "blue"), keys_.tag(p, "red"),
                          keys_.state(p, AssetState::unknown)}) {
    EXPECT_TRUE(is_in(set, asset.id)) << set;
  }
  EXPECT_FALSE(trashed(asset.id));
  EXPECT_TRUE(trash_before(p, store_time_ms(INT64_MAX / 1'000'000)).empty());
  EXPECT_EQ(restore(*head).kind, Updated::Kind::missing) << "a second time";
  const auto again = new_asset("http://a.example/x");
  EXPECT_EQ(ask([&](Batch& b) { add_asset_create(b, keys_, again); }, read_asset_create).id,
            asset.id);
}

TEST_F(Trash, AUrlThatIsTakenMeanwhileStaysTaken) {
  const auto asset = tagged();
  trash(asset);
  const auto other = create("http://a.example/x");
  const auto taken = restore(trashed(asset.id)->head);
  EXPECT_EQ(taken.kind, Updated::Kind::url_taken);
  EXPECT_EQ(taken.other, other.id);
  EXPECT_TRUE(trashed(asset.id));
}

TEST_F(Trash, APausedAssetComesBackPaused) {
  auto asset = new_asset("http://a.example/x");
  asset.enabled = false;
  tell([&](Batch& b) { add_asset_create(b, keys_, asset); });
  trash(asset);
  restore(trashed(asset.id)->head);
  EXPECT_EQ(head_of(asset.id)->state, AssetState::paused);
  EXPECT_FALSE(is_in(keys_.next(asset.id.partition()), asset.id));
}

TEST_F(Trash, AChangedAssetIsNotRemovedUnseen) {
  const auto asset = tagged();
  auto after = asset;
  after.tags = {"green"};
  tell([&](Batch& b) { add_asset_update(b, keys_, asset, after); });
  EXPECT_EQ(trash(asset).kind, Updated::Kind::stale);
  EXPECT_TRUE(head_of(asset.id));
}

TEST_F(Trash, ItsJobsEndAsCancelled) {
  const auto asset = tagged();
  const auto job = submitted(asset);
  trash(asset);
  make_due(job);
  EXPECT_EQ(due(job), Due::cancelled);
}

TEST_F(Trash, PurgesOnlyWhatWasRemovedByThen) {
  const auto asset = tagged();
  const auto p = asset.id.partition();
  EXPECT_FALSE(purge(asset.id, store_time_ms(INT64_MAX / 1'000'000))) << "it is alive";
  EXPECT_TRUE(head_of(asset.id));
  redis({"SET", keys_.model(asset.id), "what was learned"});
  trash(asset);
  const auto removed = trashed(asset.id)->removed;
  EXPECT_TRUE(trash_before(p, removed - milliseconds{1}).empty());
  EXPECT_FALSE(purge(asset.id, removed - milliseconds{1}));
  EXPECT_EQ(trash_before(p, removed), std::vector{asset.id});
  EXPECT_TRUE(purge(asset.id, removed));
  EXPECT_FALSE(trashed(asset.id));
  EXPECT_EQ(redis({"GET", keys_.model(asset.id)}), "(nil)");
  EXPECT_TRUE(trash_before(p, removed).empty());
  EXPECT_FALSE(purge(asset.id, removed)) << "a second time";
}

}  // namespace
}  // namespace webmon::store
