#include <gmock/gmock.h>

#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

class GroupsApi : public ApiTest {
 protected:
  HttpReply put(const std::string& tag, const std::string& body,
                const std::vector<std::string>& headers = {}) {
    return call("PUT", "/api/v1/groups/" + tag, body, headers);
  }
};

using ::testing::HasSubstr;

TEST_F(GroupsApi, AGroupReadsAsItWasPut) {
  const auto made = put("shop", R"({"interval_s":60,"request":{"method":"HEAD"}})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.headers.at("location"), "/api/v1/groups/shop");
  EXPECT_EQ(made.at("/durable"), "false");
  const auto read = get("/api/v1/groups/shop");
  EXPECT_EQ(read.at("/tag"), "shop");
  EXPECT_EQ(read.at("/interval_s"), "60");
  EXPECT_EQ(read.at("/request/method"), "HEAD");
  EXPECT_EQ(read.at("/tls"), "null");
  EXPECT_EQ(read.headers.at("etag"), made.headers.at("etag"));
  EXPECT_EQ(put("shop", "{}").status, 200) << "replaced";
  EXPECT_EQ(get("/api/v1/groups/shop").at("/interval_s"), "null") << "as a whole";
}

TEST_F(GroupsApi, TheyAreAListWithPages) {
  for (const auto* tag : {"c", "a", "b"}) ASSERT_EQ(put(tag, "{}").status, 201);
  const auto first = get("/api/v1/groups?limit=2");
  EXPECT_EQ(first.at("/items/0/tag"), "a");
  EXPECT_EQ(first.at("/items/1/tag"), "b");
  const auto last = get("/api/v1/groups?limit=2&cursor=" + first.at("/next"));
  EXPECT_EQ(last.at("/items/0/tag"), "c");
  EXPECT_EQ(last.at("/next"), "null");
  EXPECT_EQ(get("/api/v1/groups?cursor=A%20B").code(), "bad_cursor");
}

TEST_F(GroupsApi, AChangeCanDemandWhatItHasRead) {
  const auto made = put("shop", R"({"interval_s":60})", {"If-None-Match: *"});
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(put("shop", "{}", {"If-None-Match: *"}).code(), "stale") << "there is one now";
  const auto etag = made.headers.at("etag");
  EXPECT_EQ(put("shop", R"({"interval_s":30})", {"If-Match: " + etag}).status, 200);
  const auto stale = put("shop", "{}", {"If-Match: " + etag});
  EXPECT_EQ(stale.status, 412) << stale.text;
  EXPECT_EQ(stale.at("/version"), "2");
  EXPECT_EQ(call("DELETE", "/api/v1/groups/shop", {}, {"If-Match: " + etag}).status, 412);
  EXPECT_EQ(get("/api/v1/groups/shop").at("/interval_s"), "30");
}

TEST_F(GroupsApi, ARemovedGroupIsGoneAndItsAssetsStay) {
  const auto id = add("http://a.example/", R"(,"tags":["shop"])");
  put("shop", R"({"interval_s":60})");
  const auto removed = call("DELETE", "/api/v1/groups/shop");
  ASSERT_EQ(removed.status, 200) << removed.text;
  EXPECT_EQ(removed.at("/removed"), "true");
  EXPECT_EQ(get("/api/v1/groups/shop").status, 404);
  EXPECT_EQ(call("DELETE", "/api/v1/groups/shop").status, 404);
  EXPECT_EQ(get("/api/v1/assets/" + id).status, 200);
}

TEST_F(GroupsApi, WrongOnesAreRefusedByField) {
  EXPECT_EQ(put("Shop", "{}").code(), "bad_id");
  EXPECT_EQ(get("/api/v1/groups/no+tag").code(), "bad_id");
  EXPECT_THAT(put("shop", R"({"tags":["x"]})").at("/detail"), HasSubstr("tags: unknown field"));
  EXPECT_THAT(put("shop", R"({"interval_s":1})").at("/detail"), HasSubstr("interval_s: "));
  EXPECT_EQ(put("shop", "{}", {"If-None-Match: \"1\""}).code(), "bad_query");
  EXPECT_EQ(get("/api/v1/groups/shop").status, 404) << "nothing was made";
}

TEST_F(GroupsApi, EffectiveOptionsSayWhereTheyComeFrom) {
  put("eu", R"({"request":{"method":"HEAD"},"plugins":{"html-stats":{"enabled":false}}})");
  put("shop", R"({"interval_s":60,"plugins":{"tls-cert":{"enabled":false}}})");
  const auto id =
      add("http://a.example/", R"(,"tags":["shop","eu"],"plugins":{"tls-cert":{"enabled":true}})");
  const auto effective = get("/api/v1/assets/" + id + "/effective");
  ASSERT_EQ(effective.status, 200) << effective.text;
  EXPECT_EQ(effective.at("/interval_s"), "60");
  EXPECT_EQ(effective.at("/from/interval_s"), "group:shop");
  EXPECT_EQ(effective.at("/request/method"), "HEAD");
  EXPECT_EQ(effective.at("/from/request"), "group:eu");
  EXPECT_EQ(effective.at("/tls"), "null");
  EXPECT_EQ(effective.at("/from/tls"), "default");
  EXPECT_EQ(effective.at("/plugins/tls-cert/enabled"), "true");
  EXPECT_EQ(effective.at("/from/plugins/tls-cert"), "asset");
  EXPECT_EQ(effective.at("/from/plugins/html-stats"), "group:eu");
  const auto own = get("/api/v1/assets/" + id);
  EXPECT_EQ(own.at("/request"), "null") << "the asset says what it says itself";
  EXPECT_EQ(own.at("/interval_s"), "null");
}

TEST_F(GroupsApi, IgnoreRulesComeFromAssetOrGroup) {
  const auto id = add("http://a.example/", R"(,"tags":["shop"])");
  const auto path = "/api/v1/assets/" + id;
  EXPECT_EQ(get(path).at("/ignore"), "null");
  EXPECT_EQ(get(path + "/effective").at("/from/ignore"), "default");
  ASSERT_EQ(put("shop", R"({"ignore":[{"css":".ad"},{"regex":"[0-9]+"}]})").status, 201);
  EXPECT_EQ(get("/api/v1/groups/shop").at("/ignore/1/regex"), "[0-9]+");
  EXPECT_EQ(get(path + "/effective").at("/from/ignore"), "group:shop");
  EXPECT_EQ(get(path + "/effective").at("/ignore/0/css"), ".ad");
  ASSERT_EQ(call("PATCH", path, R"({"ignore":[{"attribute":"nonce","css":"script"}]})").status,
            200);
  EXPECT_EQ(get(path).at("/ignore/0/attribute"), "nonce");
  EXPECT_EQ(get(path + "/effective").at("/from/ignore"), "asset");
  ASSERT_EQ(call("PATCH", path, R"({"ignore":null})").status, 200);
  EXPECT_EQ(get(path + "/effective").at("/from/ignore"), "group:shop");
}

TEST_F(GroupsApi, IgnoreRulesThatCannotBeReadAreRefusedByField) {
  const auto group = put("shop", R"({"ignore":[{"css":"a:hover"}]})");
  EXPECT_EQ(group.status, 422);
  EXPECT_THAT(group.at("/detail"), HasSubstr("ignore[0].css: cannot be read from \":hover\" on"));
  const auto added = call("POST", "/api/v1/assets",
                          R"({"url":"http://a.example/","ignore":[{"css":"a"},{"regex":"("}]})");
  EXPECT_EQ(added.status, 422);
  EXPECT_EQ(added.code(), "bad_input");
  EXPECT_THAT(added.at("/detail"), HasSubstr("ignore[1].regex: is no regular expression"));
  const auto id = add("http://a.example/");
  EXPECT_EQ(call("PATCH", "/api/v1/assets/" + id, R"({"ignore":[{"regex":"a*"}]})").status, 422);
}

TEST_F(GroupsApi, AnAssetSaysADefaultItselfOrNoLonger) {
  put("eu", R"({"request":{"method":"HEAD"},"tls":{"verify":false}})");
  const auto id = add("http://a.example/",
                      R"(,"tags":["eu"],"request":{"method":"GET"},"tls":{"verify":true})");
  const auto path = "/api/v1/assets/" + id;
  EXPECT_EQ(get(path + "/effective").at("/from/request"), "asset");
  EXPECT_EQ(get(path + "/effective").at("/from/tls"), "asset");
  EXPECT_EQ(call("PATCH", path, R"({"request":null,"tls":null})").status, 200);
  EXPECT_EQ(get(path + "/effective").at("/from/request"), "group:eu");
  EXPECT_EQ(get(path + "/effective").at("/from/tls"), "group:eu");
}

}  // namespace
}  // namespace webmon::api
