#include "lib/store/groups.hpp"
#include "lib/store/redis_fixture.hpp"

namespace webmon::store {
namespace {

using Kind = GroupChanged::Kind;

class StoredGroupsTest : public RedisTest {
 protected:
  GroupChanged set(std::string_view tag, seconds interval, std::optional<std::uint64_t> expected) {
    Group group;
    group.options.interval = interval;
    group.updated = store_time_ms(1'800'000'000'000);
    return ask([&](Batch& b) { add_group_set(b, keys_, tag, group, expected); },
               read_group_changed);
  }
  GroupChanged remove(std::string_view tag, std::optional<std::uint64_t> expected) {
    return ask([&](Batch& b) { add_group_remove(b, keys_, tag, expected); }, read_group_changed);
  }
  StoredGroups all() {
    return ask([&](Batch& b) { add_groups(b, keys_); }, read_groups);
  }
  std::optional<Group> one(std::string_view tag) {
    return ask([&](Batch& b) { add_group(b, keys_, tag); },
               [&](const Reply& r) { return read_group(tag, r); });
  }
};

TEST_F(StoredGroupsTest, ThereAreNoneAtFirst) {
  EXPECT_TRUE(all().groups.empty());
  EXPECT_EQ(all().version, 0U);
  EXPECT_FALSE(one("shop"));
  EXPECT_EQ(ask([&](Batch& b) { add_groups_version(b, keys_); }, read_groups_version), 0U);
}

TEST_F(StoredGroupsTest, AGroupReadsAsItWasSet) {
  EXPECT_EQ(set("shop", seconds{60}, {}).kind, Kind::created);
  ASSERT_TRUE(one("shop"));
  EXPECT_EQ(one("shop")->options.interval, seconds{60});
  EXPECT_EQ(one("shop")->updated, store_time_ms(1'800'000'000'000));
  EXPECT_EQ(one("shop")->version, 1U);
  EXPECT_EQ(all().groups.at("shop").options, one("shop")->options);
}

TEST_F(StoredGroupsTest, EveryChangeHasTheNextNumber) {
  EXPECT_EQ(set("shop", seconds{60}, {}).version, 1U);
  EXPECT_EQ(set("eu", seconds{60}, {}).version, 2U);
  EXPECT_EQ(set("shop", seconds{30}, {}).version, 3U);
  EXPECT_EQ(remove("eu", {}).version, 4U);
  EXPECT_EQ(all().version, 4U);
  EXPECT_EQ(all().groups.size(), 1U);
  EXPECT_EQ(set("eu", seconds{60}, {}).version, 5U) << "a number is never used again";
}

TEST_F(StoredGroupsTest, AChangeOfAnotherVersionIsStaleAndChangesNothing) {
  set("shop", seconds{60}, {});
  const auto stale = set("shop", seconds{5}, 7);
  EXPECT_EQ(stale.kind, Kind::stale);
  EXPECT_EQ(stale.version, 1U);
  EXPECT_EQ(set("shop", seconds{5}, 0).kind, Kind::stale) << "0: there must be none";
  EXPECT_EQ(remove("shop", 7).kind, Kind::stale);
  EXPECT_EQ(one("shop")->options.interval, seconds{60});
  EXPECT_EQ(set("shop", seconds{30}, 1).kind, Kind::replaced);
  EXPECT_EQ(set("new", seconds{30}, 0).kind, Kind::created);
  EXPECT_EQ(set("none", seconds{30}, 5).version, 0U) << "stale: there is no such group";
}

TEST_F(StoredGroupsTest, WhatIsNotThereCannotBeRemoved) {
  EXPECT_EQ(remove("shop", {}).kind, Kind::missing);
  EXPECT_EQ(all().version, 0U);
}

TEST_F(StoredGroupsTest, ThereIsABound) {
  Batch batch;
  for (std::size_t i = 0; i < kMostGroups; ++i)
    add_group_set(batch, keys_, "t" + std::to_string(i), Group{}, {});
  for (const auto& reply : call(std::move(batch)))
    EXPECT_EQ(read_group_changed(reply).value().kind, Kind::created);
  EXPECT_EQ(set("more", seconds{60}, {}).kind, Kind::full);
  EXPECT_EQ(set("t7", seconds{60}, {}).kind, Kind::replaced);
  EXPECT_EQ(remove("t7", {}).kind, Kind::removed);
  EXPECT_EQ(set("more", seconds{60}, {}).kind, Kind::created);
}

TEST_F(StoredGroupsTest, WhatDoesNotReadNamesTheGroup) {
  for (const auto* text : {"", "x", "1", "1 {}", R"(1 {"updated":"never"})", "-1 {}", "1 []",
                           R"(1 {"updated":"2026-11-25T00:00:00.000Z","colour":"red"})"}) {
    redis({"HSET", keys_.groups(), "shop", text});
    Batch batch;
    add_groups(batch, keys_);
    const auto read = read_groups(call(std::move(batch)).front());
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().detail.find("group shop: "), std::string::npos) << read.error().detail;
  }
}

}  // namespace
}  // namespace webmon::store
