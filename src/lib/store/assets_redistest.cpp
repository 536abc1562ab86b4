#include "lib/store/redis_fixture.hpp"

namespace webmon::store {
namespace {

class Assets : public RedisTest {
 protected:
  Updated update(const Asset& before, const Asset& after) {
    return ask([&](Batch& b) { add_asset_update(b, keys_, before, after); }, read_asset_update);
  }
  std::vector<AssetId> ids(Partition p, AssetFilter filter = {}, AssetId after = {},
                           std::size_t count = 100) {
    return ask([&](Batch& b) { add_asset_ids(b, keys_, p, filter, after, count); }, read_asset_ids);
  }
  std::optional<AssetId> who_has(const std::string& url) {
    return ask([&](Batch& b) { add_url_lookup(b, keys_, *parse_url(url)); }, read_url_lookup);
  }
  Created create_it(const Asset& asset) {
    return ask([&](Batch& b) { add_asset_create(b, keys_, asset); }, read_asset_create);
  }
};

TEST_F(Assets, CreateIsAnAtomicUpsertByUrl) {
  auto asset = new_asset("http://a.example/x");
  asset.tags = {"blue", "red"};
  EXPECT_TRUE(create_it(asset).is_new);
  const auto again = create_it(new_asset("http://a.example/x"));
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.id, asset.id);
  const auto head = head_of(asset.id);
  ASSERT_TRUE(head);
  EXPECT_EQ(to_json(head->asset), to_json(asset));
  EXPECT_EQ(head->rev, 1U);
  EXPECT_EQ(head->n, 0U);
  EXPECT_EQ(head->state, AssetState::unknown);
  EXPECT_EQ(head->history_layout, 0U);
  EXPECT_EQ(who_has("http://a.example/x"), asset.id);
  EXPECT_FALSE(who_has("http://a.example/y"));
}

TEST_F(Assets, OneCreatedWhileDisabledIsPaused) {
  auto asset = new_asset();
  asset.enabled = false;
  create_it(asset);
  EXPECT_EQ(head_of(asset.id)->state, AssetState::paused);
  EXPECT_EQ(ids(asset.id.partition(), {{}, AssetState::paused}), std::vector{asset.id});
}

TEST_F(Assets, ListsComeInPagesByIdTagAndState) {
  std::vector<AssetId> all;
  std::vector<AssetId> tagged;
  for (int i = 0; i < 5; ++i) {
    auto asset = new_asset();
    if (i % 2 == 0) {
      asset.tags = {"even"};
      tagged.push_back(asset.id);
    }
    create_it(asset);
    all.push_back(asset.id);
  }
  std::ranges::sort(all);
  std::ranges::sort(tagged);
  const auto p = all[0].partition();
  EXPECT_EQ(ids(p), all);
  EXPECT_EQ(ids(p, {}, {}, 2), (std::vector{all[0], all[1]}));
  EXPECT_EQ(ids(p, {}, all[1], 2), (std::vector{all[2], all[3]}));
  EXPECT_EQ(ids(p, {"even", {}}), tagged);
  EXPECT_EQ(ids(p, {{}, AssetState::unknown}), all);
  EXPECT_TRUE(ids(p, {{}, AssetState::down}).empty());
  EXPECT_TRUE(ids(static_cast<Partition>((p + 1) % kPartitions)).empty());
}

TEST_F(Assets, UpdateChecksTheVersionAndMovesTags) {
  auto before = new_asset();
  before.tags = {"a", "b"};
  create_it(before);
  auto after = before;
  after.tags = {"b", "c"};
  after.updated = store_time_ms(9'000);
  auto got = update(before, after);
  EXPECT_EQ(got.kind, Updated::Kind::updated);
  EXPECT_EQ(got.version, 2U);
  got = update(before, after);
  EXPECT_EQ(got.kind, Updated::Kind::stale);
  EXPECT_EQ(got.version, 2U);
  const auto head = head_of(before.id);
  EXPECT_EQ(head->asset.version, 2U);
  EXPECT_EQ(head->asset.updated, store_time_ms(9'000));
  EXPECT_EQ(head->asset.tags, after.tags);
  EXPECT_EQ(head->rev, 2U) << "a commit computed on the former options must be stale";
  const auto p = before.id.partition();
  EXPECT_TRUE(ids(p, {"a", {}}).empty());
  EXPECT_EQ(ids(p, {"b", {}}).size(), 1U);
  EXPECT_EQ(ids(p, {"c", {}}).size(), 1U);
}

TEST_F(Assets, UpdateOfTheUrlFreesTheOldOneAndRefusesATakenOne) {
  const auto one = create("http://a.example/1");
  const auto two = create("http://a.example/2");
  auto after = one;
  after.url = two.url;
  const auto taken = update(one, after);
  EXPECT_EQ(taken.kind, Updated::Kind::url_taken);
  EXPECT_EQ(taken.other, two.id);
  EXPECT_EQ(head_of(one.id)->asset.version, 1U);
  after.url = *parse_url("http://a.example/3");
  EXPECT_EQ(update(one, after).kind, Updated::Kind::updated);
  EXPECT_FALSE(who_has("http://a.example/1"));
  EXPECT_EQ(who_has("http://a.example/3"), one.id);
}

TEST_F(Assets, DisablingPausesFromAnyStateAndEnablingStartsUnknown) {
  const auto asset = create();
  const auto job = submitted(asset);
  ASSERT_EQ(finish(job, finish_args(job, claimed(job), AssetState::down)), Finished::done);
  const auto p = asset.id.partition();
  auto off = asset;
  off.enabled = false;
  ASSERT_EQ(update(asset, off).kind, Updated::Kind::updated);
  EXPECT_EQ(head_of(asset.id)->state, AssetState::paused);
  EXPECT_TRUE(ids(p, {{}, AssetState::down}).empty());
  EXPECT_EQ(ids(p, {{}, AssetState::paused}).size(), 1U);
  off.version = 2;
  auto on = off;
  on.enabled = true;
  ASSERT_EQ(update(off, on).kind, Updated::Kind::updated);
  EXPECT_EQ(head_of(asset.id)->state, AssetState::unknown);
  EXPECT_TRUE(ids(p, {{}, AssetState::paused}).empty());
  EXPECT_EQ(ids(p, {{}, AssetState::unknown}).size(), 1U);
}

TEST_F(Assets, UpdateOfAMissingAssetSaysSo) {
  const auto asset = new_asset();
  EXPECT_EQ(update(asset, asset).kind, Updated::Kind::missing);
  EXPECT_EQ(redis({"DBSIZE"}), "0");
}

TEST_F(Assets, RemoveLeavesNoKeyBehind) {
  auto asset = new_asset();
  asset.tags = {"a", "b"};
  create_it(asset);
  const auto job = submitted(asset);
  ASSERT_EQ(finish(job, claimed(job)), Finished::done);
  redis({"SET", keys_.history(asset.id), "h"});
  redis({"SET", keys_.old_history(asset.id), "h"});
  EXPECT_EQ(remove(asset).kind, Updated::Kind::updated);
  EXPECT_EQ(redis({"KEYS", "*"}), keys_.outbox(asset.id.partition())) << "it was up, for once";
  EXPECT_THROW(remove(asset), std::runtime_error);
}

TEST_F(Assets, RemoveWithAnOldVersionIsStaleAndOfAMissingAssetNotFound) {
  const auto asset = create();
  Batch batch;
  add_asset_remove(batch, keys_, asset, 7);
  add_asset_remove(batch, keys_, new_asset(), 0);
  const auto replies = call(std::move(batch));
  EXPECT_EQ(read_asset_remove(replies[0]).error().code, Errc::stale);
  EXPECT_EQ(read_asset_remove(replies[1]).error().code, Errc::not_found);
  EXPECT_TRUE(head_of(asset.id));
}

TEST_F(Assets, AMoveCopiesWhatWasLearnedAndLeavesAForwardingEntry) {
  const auto from = create("http://a.example/x");
  const auto job = submitted(from);
  ASSERT_EQ(finish(job, finish_args(job, claimed(job), AssetState::up)), Finished::done);
  const auto to = create("http://b.example/x");
  const auto head = head_of(from.id);
  const auto blobs = ask([&](Batch& b) { add_asset_blobs(b, keys_, from.id); }, read_asset_blobs);
  EXPECT_EQ(blobs.model, "model");
  tell([&](Batch& b) {
    const auto count = add_asset_import(b, keys_, to.id, *head, blobs);
    EXPECT_EQ(count, b.size());
    add_asset_moved(b, keys_, from.id, to.id);
  });
  const auto moved = head_of(to.id);
  EXPECT_EQ(moved->n, 1U);
  EXPECT_EQ(moved->state, AssetState::up);
  EXPECT_EQ(moved->observed, head->observed);
  EXPECT_EQ(moved->rev, 2U);
  EXPECT_EQ(redis({"GET", keys_.report(to.id)}), "report");
  EXPECT_EQ(ids(to.id.partition(), {{}, AssetState::up}), std::vector{to.id});
  EXPECT_TRUE(ids(to.id.partition(), {{}, AssetState::unknown}).empty());
  EXPECT_EQ(ask([&](Batch& b) { add_moved(b, keys_, from.id); }, read_moved), to.id);
  EXPECT_FALSE(ask([&](Batch& b) { add_moved(b, keys_, to.id); }, read_moved));
  EXPECT_GT(std::stoll(redis({"TTL", keys_.moved(from.id)})), 29 * 86'400);
}

TEST_F(Assets, StateCountsComeInOrderOfTheStates) {
  const auto asset = create();
  Batch batch;
  ASSERT_EQ(add_state_counts(batch, keys_, asset.id.partition()), kAssetStates);
  const auto replies = call(std::move(batch));
  for (std::size_t i = 0; i < kAssetStates; ++i)
    EXPECT_EQ(*as_integer(replies[i]), static_cast<AssetState>(i) == AssetState::unknown ? 1 : 0);
}

}  // namespace
}  // namespace webmon::store
