#include "lib/store/trash.hpp"
#include "pipeline/dispatcher/test_rig.hpp"

namespace webmon::dispatcher {
namespace {

bool is_in_trash(Rig& rig, AssetId id) {
  Batch batch;
  store::add_trashed(batch, rig.keys, id);
  const auto trashed = store::read_trashed(rig.ask(batch).front());
  return trashed && *trashed;
}

AssetId remove_one(Rig& rig) {
  const auto id = rig.make_asset("one.example");
  Batch read;
  store::add_asset_head(read, rig.keys, id);
  const auto head = store::read_asset_head(rig.ask(read).front());
  Batch remove;
  store::add_asset_trash(remove, rig.keys, (*head)->asset);
  (void)rig.ask(remove);
  return id;
}

TEST(Trash, IsPurgedOnceTheUndoWindowIsOverAndNotBefore) {
  Rig rig;
  auto config = Rig::quick();
  config.trash_every = milliseconds{1};
  rig.lead(config);
  const auto old = remove_one(rig);
  const auto young = remove_one(rig);  // the same partition
  Batch age;                           // as if a day and more had passed
  age.add({"HSET", rig.keys.trashed(old), "removed", "1"});
  age.add({"ZADD", rig.keys.trash(old.partition()), "1", old.text()});
  (void)rig.ask(age);
  EXPECT_TRUE(rig.until([&] { return !is_in_trash(rig, old); }));
  EXPECT_TRUE(is_in_trash(rig, young));
}

}  // namespace
}  // namespace webmon::dispatcher
