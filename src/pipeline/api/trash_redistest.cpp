#include <gmock/gmock.h>

#include <set>

#include "lib/store/assets.hpp"
#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

class TrashApi : public ApiTest {
 protected:
  HttpReply remove(const std::string& id, const std::string& query = {}) {
    return call("DELETE", "/api/v1/assets/" + id + query);
  }
  HttpReply restore(const std::string& id) { return post("/api/v1/assets/" + id + "/restore", {}); }
};

using ::testing::HasSubstr;

TEST_F(TrashApi, ARemovedAssetSaysHowItComesBack) {
  const auto id = add("http://a.example/", R"(,"tags":["shop"])");
  const auto removed = remove(id);
  ASSERT_EQ(removed.status, 200) << removed.text;
  EXPECT_EQ(removed.at("/undo"), "POST /api/v1/assets/" + id + "/restore");
  for (const auto* what : {"", "/statistics", "/reports", "/history"}) {
    const auto gone = get("/api/v1/assets/" + id + what);
    EXPECT_EQ(gone.status, 410) << gone.text;
    EXPECT_EQ(gone.code(), "gone");
    EXPECT_THAT(gone.at("/detail"), HasSubstr("/api/v1/assets/" + id + "/restore"));
  }
  EXPECT_EQ(call("PATCH", "/api/v1/assets/" + id, R"({"tags":[]})").code(), "gone");
  EXPECT_EQ(get("/api/v1/assets?tag=shop").at("/items"), "[]");
  EXPECT_EQ(get("/api/v1/assets?url=http://a.example/").at("/items"), "[]");
  EXPECT_EQ(post("/api/v1/runs", R"({"assets":[")" + id + R"("]})").status, 404);
}

TEST_F(TrashApi, RestoringIsAsIfNothingHadHappened) {
  const auto id = add("http://a.example/", R"(,"tags":["shop"])");
  const auto before = get("/api/v1/assets/" + id);
  remove(id);
  const auto restored = restore(id);
  ASSERT_EQ(restored.status, 200) << restored.text;
  EXPECT_EQ(restored.at("/durable"), "false");
  EXPECT_EQ(get("/api/v1/assets/" + id).at("/tags"), before.at("/tags"));
  EXPECT_EQ(get("/api/v1/assets/" + id).at("/version"), before.at("/version"));
  EXPECT_EQ(get("/api/v1/assets?tag=shop").at("/items/0/id"), id);
  EXPECT_EQ(get("/api/v1/assets?removed=true").at("/items"), "[]");
  EXPECT_EQ(restore(id).code(), "conflict") << "it is not removed any more";
}

TEST_F(TrashApi, TheTrashIsAListWithPages) {
  std::set<std::string> ids;
  for (const auto* url : {"http://a.example/1", "http://a.example/2", "http://b.example/"}) {
    ids.insert(add(url));
  }
  for (const auto& id : ids) remove(id);
  add("http://alive.example/");
  std::set<std::string> listed;
  std::string cursor;
  do {
    const auto page =
        get("/api/v1/assets?removed=true&limit=1" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(page.status, 200) << page.text;
    for (const auto& item : page.body.at("items").as_array()) {
      EXPECT_TRUE(listed.insert(std::string{item.at("id").as_string()}).second) << "twice";
      EXPECT_TRUE(item.as_object().contains("removed"));
    }
    cursor = page.at("/next") == "null" ? "" : page.at("/next");
  } while (!cursor.empty());
  EXPECT_EQ(listed, ids);
  EXPECT_EQ(get("/api/v1/assets?removed=true&text=/2").at("/items/0/url"), "http://a.example/2");
}

TEST_F(TrashApi, AUrlThatIsTakenMeanwhileIsAConflict) {
  const auto id = add("http://a.example/");
  remove(id);
  const auto other = add("http://a.example/");
  const auto refused = restore(id);
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_EQ(refused.at("/holder"), other);
  EXPECT_EQ(remove(other).status, 200);
  EXPECT_EQ(restore(id).status, 200);
}

TEST_F(TrashApi, PurgingIsForGood) {
  const auto alive = add("http://a.example/");
  const auto removed = add("http://b.example/");
  remove(removed);
  EXPECT_EQ(remove(alive, "?purge=true").at("/purged"), "true");
  EXPECT_EQ(remove(removed, "?purge=true").at("/purged"), "true");
  for (const auto& id : {alive, removed}) {
    EXPECT_EQ(get("/api/v1/assets/" + id).code(), "not_found");
    EXPECT_EQ(restore(id).code(), "not_found");
    EXPECT_EQ(redis.command({"KEYS", "*" + id + "*"}), "");
  }
  EXPECT_EQ(remove(alive, "?purge=perhaps").code(), "bad_query");
}

}  // namespace
}  // namespace webmon::api
