#include <set>

#include "lib/store/assets.hpp"
#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

using Assets = ApiTest;

TEST_F(Assets, AnAssetIsAddedNormalisedAndReadBack) {
  const auto added =
      post("/api/v1/assets", R"({"url":"HTTP://Example.COM:80/a?b#c","tags":["t"]})");
  ASSERT_EQ(added.status, 201) << added.text;
  const auto path = "/api/v1/assets/" + added.at("/id");
  EXPECT_EQ(added.headers.at("location"), path);
  EXPECT_EQ(added.headers.at("etag"), "\"1.1\"");
  EXPECT_EQ(added.at("/url"), "http://example.com/a?b");
  EXPECT_EQ(added.at("/durable"), "false");
  EXPECT_EQ(added.at("/epoch"), "1");

  const auto read = get(path);
  ASSERT_EQ(read.status, 200) << read.text;
  EXPECT_EQ(read.at("/id"), added.at("/id"));
  EXPECT_EQ(read.at("/state"), "unknown");
  EXPECT_EQ(read.at("/observed"), "null");
  EXPECT_EQ(read.at("/version"), "1");
  EXPECT_EQ(read.at("/tags/0"), "t");
  EXPECT_EQ(read.headers.at("content-type"), "application/json");
  EXPECT_TRUE(webmon::testing::wait_until([&] { return control->soon > 0; }));
}

TEST_F(Assets, AKnownUrlIsAConflictThatNamesTheHolder) {
  const auto id = add("http://a.example/x");
  const auto again = post("/api/v1/assets", R"({"url":"http://A.example:80/x"})");
  EXPECT_EQ(again.status, 409) << again.text;
  EXPECT_EQ(again.code(), "conflict");
  EXPECT_EQ(again.at("/holder"), id);
}

TEST_F(Assets, WaitingForTheSnapshotMakesTheAnswerDurable) {
  const auto added = post("/api/v1/assets?wait=snapshot", R"({"url":"http://a.example/"})");
  ASSERT_EQ(added.status, 201) << added.text;
  EXPECT_EQ(added.at("/durable"), "true");
  redis.kill();
  redis.start();
  const auto path = "/api/v1/assets/" + added.at("/id");
  EXPECT_TRUE(webmon::testing::wait_until([&] { return get(path).status == 200; }, seconds{30}))
      << get(path).text;
}

TEST_F(Assets, AFailedSnapshotIsToldAndTheAssetStays) {
  control->is_failing = true;
  const auto added = post("/api/v1/assets?wait=snapshot", R"({"url":"http://a.example/"})");
  ASSERT_EQ(added.status, 503) << added.text;
  EXPECT_EQ(added.code(), "snapshot_failed");
  EXPECT_EQ(added.at("/durable"), "false");
  EXPECT_EQ(get("/api/v1/assets/" + added.at("/id")).status, 200);
}

TEST_F(Assets, ListingGoesOverAllPagesWithoutGapsOrRepeats) {
  std::set<std::string> added;
  for (int i = 0; i < 300; ++i) {
    added.insert(add("http://h" + std::to_string(i) + ".example/", R"(,"tags":["many"])"));
  }
  add("http://other.example/");
  for (const std::string filter : {"", "&tag=many", "&state=unknown"}) {
    SCOPED_TRACE(filter);
    std::set<std::string> seen;
    std::string cursor;
    int pages = 0;
    do {
      const auto page = get("/api/v1/assets?limit=70" + filter + cursor);
      ASSERT_EQ(page.status, 200) << page.text;
      const auto& items = page.body.at("items").as_array();
      EXPECT_LE(items.size(), 70U);
      for (const auto& item : items) {
        EXPECT_TRUE(seen.insert(std::string{item.at("id").as_string()}).second) << "shown twice";
      }
      const auto next = page.at("/next");
      cursor = next == "null" ? "" : "&cursor=" + next;
      ++pages;
    } while (!cursor.empty() && pages < 20);
    EXPECT_EQ(pages, 5);
    EXPECT_EQ(seen.size(), filter == "&tag=many" ? 300U : 301U);
    for (const auto& id : added) EXPECT_TRUE(seen.contains(id));
  }
}

TEST_F(Assets, AnAssetIsFoundByItsUrl) {
  const auto id = add("http://a.example/x?y=1");
  const auto found = get("/api/v1/assets?url=http%3A%2F%2Fa.example%2Fx%3Fy%3D1");
  ASSERT_EQ(found.status, 200) << found.text;
  EXPECT_EQ(found.at("/items/0/id"), id);
  EXPECT_EQ(get("/api/v1/assets?url=http%3A%2F%2Fb.example%2F").at("/items"), "[]");
}

TEST_F(Assets, AChangeCountsTheVersionAndAStaleOneIsRefused) {
  const auto path = "/api/v1/assets/" + add("http://a.example/");
  const auto changed = call("PATCH", path, R"({"tags":["x"]})", {"If-Match: \"1\""});
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.headers.at("etag"), "\"2.2\"");
  EXPECT_EQ(changed.at("/version"), "2");
  EXPECT_EQ(changed.at("/tags/0"), "x");

  const auto stale = call("PATCH", path, R"({"tags":["y"]})", {"If-Match: \"1\""});
  EXPECT_EQ(stale.status, 412) << stale.text;
  EXPECT_EQ(stale.code(), "stale");
  EXPECT_EQ(stale.at("/version"), "2");
  EXPECT_EQ(call("PATCH", path, R"({"tags":["y"],"version":1})").status, 412);
  EXPECT_EQ(call("PATCH", path, R"({"tags":["y"],"version":2})").status, 200);
  EXPECT_EQ(call("PATCH", path, R"({"tags":["z"]})").status, 200) << "without a version";
  EXPECT_EQ(get("/api/v1/assets?tag=x").at("/items"), "[]");
  EXPECT_EQ(get("/api/v1/assets?tag=z").body.at("items").as_array().size(), 1U);
}

TEST_F(Assets, ADisabledAssetIsPaused) {
  const auto id = add("http://a.example/");
  const auto paused = call("PATCH", "/api/v1/assets/" + id, R"({"enabled":false})");
  ASSERT_EQ(paused.status, 200) << paused.text;
  EXPECT_EQ(paused.at("/state"), "paused");
  EXPECT_EQ(get("/api/v1/assets?state=paused").at("/items/0/id"), id);
}

TEST_F(Assets, AUrlOfTheSameHostKeepsTheId) {
  const auto id = add("http://a.example/old");
  add("http://a.example/taken");
  const auto changed = call("PATCH", "/api/v1/assets/" + id, R"({"url":"http://a.example/new"})");
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.at("/id"), id);
  EXPECT_EQ(post("/api/v1/assets", R"({"url":"http://a.example/old"})").status, 201);
  const auto taken = call("PATCH", "/api/v1/assets/" + id, R"({"url":"http://a.example/taken"})");
  EXPECT_EQ(taken.status, 409) << taken.text;
}

TEST_F(Assets, AnotherHostIsAMoveAndTheOldIdRedirects) {
  const auto id = add("http://a.example/x", R"(,"tags":["t"])");
  const auto moved = call("PATCH", "/api/v1/assets/" + id, R"({"url":"http://b.example/x"})");
  ASSERT_EQ(moved.status, 200) << moved.text;
  const auto fresh = moved.at("/id");
  EXPECT_NE(fresh, id);
  EXPECT_EQ(moved.at("/moved_from"), id);
  EXPECT_EQ(moved.at("/tags/0"), "t");
  const auto old = get("/api/v1/assets/" + id + "/statistics");
  EXPECT_EQ(old.status, 308) << old.text;
  EXPECT_EQ(old.headers.at("location"), "/api/v1/assets/" + fresh + "/statistics");
  EXPECT_EQ(get("/api/v1/assets/" + fresh).status, 200);
  EXPECT_EQ(get("/api/v1/assets").body.at("items").as_array().size(), 1U);
}

TEST_F(Assets, AMoveToAKnownUrlIsAConflictAndChangesNothing) {
  const auto id = add("http://a.example/x");
  const auto other = add("http://b.example/x");
  const auto moved = call("PATCH", "/api/v1/assets/" + id, R"({"url":"http://b.example/x"})");
  EXPECT_EQ(moved.status, 409) << moved.text;
  EXPECT_EQ(moved.at("/holder"), other);
  EXPECT_EQ(get("/api/v1/assets/" + id).at("/url"), "http://a.example/x");
}

TEST_F(Assets, ARemovedAssetIsGoneWithItsUrl) {
  const auto path = "/api/v1/assets/" + add("http://a.example/");
  EXPECT_EQ(call("DELETE", path, {}, {"If-Match: \"7\""}).status, 412);
  const auto removed = call("DELETE", path, {}, {"If-Match: \"1\""});
  ASSERT_EQ(removed.status, 200) << removed.text;
  EXPECT_EQ(removed.at("/removed"), "true");
  EXPECT_EQ(removed.at("/purged"), "false");
  EXPECT_EQ(get(path).status, 410);
  EXPECT_EQ(call("DELETE", path).status, 410);
  EXPECT_EQ(post("/api/v1/assets", R"({"url":"http://a.example/"})").status, 201);
}

TEST_F(Assets, BadRequestsHaveACodeEach) {
  const auto path = "/api/v1/assets/" + add("http://a.example/");
  struct Case {
    const char* method;
    std::string path;
    std::string body;
    long status;
    const char* code;
  };
  const Case cases[] = {
      {"POST", "/api/v1/assets", "{", 400, "bad_json"},
      {"POST", "/api/v1/assets", "[]", 400, "bad_json"},
      {"POST", "/api/v1/assets", R"({"url":"http://x/","url":"http://y/"})", 400, "bad_json"},
      {"POST", "/api/v1/assets", "{}", 422, "bad_input"},
      {"POST", "/api/v1/assets", R"({"url":7})", 422, "bad_input"},
      {"POST", "/api/v1/assets", R"({"url":"ftp://a.example/"})", 422, "bad_input"},
      {"POST", "/api/v1/assets", R"({"url":"http://u:p@a.example/"})", 422, "bad_input"},
      {"POST", "/api/v1/assets", R"({"url":"http://b.example/","colour":1})", 422, "bad_input"},
      {"POST", "/api/v1/assets", R"({"url":"http://b.example/","tags":"x"})", 422, "bad_input"},
      {"POST", "/api/v1/assets",
       R"({"url":"http://b.example/","request":{"headers":{"Authorization":"x"}}})", 422,
       "bad_input"},
      {"POST", "/api/v1/assets",
       R"({"url":"http://b.example/","request":{"headers":{"Cookie":"x"}}})", 422, "bad_input"},
      {"POST", "/api/v1/assets", R"({"url":"http://b.example/","request":{"auth":{}}})", 422,
       "bad_input"},
      {"POST", "/api/v1/assets?wait=later", R"({"url":"http://b.example/"})", 400, "bad_query"},
      {"POST", "/api/v1/assets?x=1", R"({"url":"http://b.example/"})", 400, "bad_query"},
      {"PATCH", path, R"({"version":"1"})", 422, "bad_input"},
      {"PATCH", path, R"({"enabled":1})", 422, "bad_input"},
      {"GET", "/api/v1/assets/xyz", "", 400, "bad_id"},
      {"GET", "/api/v1/assets/0192F000-0000-7000-8000-000000000000", "", 400, "bad_id"},
      {"GET", "/api/v1/assets/0192f000-0000-7000-8000-000000000000", "", 404, "not_found"},
      {"GET", "/api/v1/assets?limit=0", "", 400, "bad_limit"},
      {"GET", "/api/v1/assets?limit=1001", "", 400, "bad_limit"},
      {"GET", "/api/v1/assets?limit=ten", "", 400, "bad_limit"},
      {"GET", "/api/v1/assets?cursor=x", "", 400, "bad_cursor"},
      {"GET", "/api/v1/assets?state=odd", "", 400, "bad_query"},
      {"GET", "/api/v1/assets?limit=1&limit=2", "", 400, "bad_query"},
      {"GET", "/api/v1/nothing", "", 404, "no_route"},
      {"PUT", "/api/v1/assets", "{}", 405, "method_not_allowed"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string{c.method} + " " + c.path + " " + c.body);
    const auto reply = call(c.method, c.path, c.body);
    EXPECT_EQ(reply.status, c.status) << reply.text;
    EXPECT_EQ(reply.code(), c.code);
    EXPECT_EQ(reply.headers.at("content-type"), "application/problem+json");
    EXPECT_EQ(reply.at("/instance"), reply.headers.at("x-request-id"));
    EXPECT_FALSE(reply.at("/detail").empty());
  }
  EXPECT_EQ(get("/api/v1/assets").body.at("items").as_array().size(), 1U);
}

TEST_F(Assets, ABodyOfAnotherMediaTypeIsRefused) {
  const auto reply =
      post("/api/v1/assets", R"({"url":"http://a.example/"})", {"Content-Type: text/plain"});
  EXPECT_EQ(reply.status, 415) << reply.text;
  EXPECT_EQ(reply.code(), "unsupported_media_type");
}

}  // namespace
}  // namespace webmon::api
