// ETag, If-None-Match, HEAD, compression, request ids: the same on every route.
#include "pipeline/api/api_fixture.hpp"
#include "pipeline/api/routes.hpp"

namespace webmon::api {
namespace {

class Representation : public ApiTest {
 protected:
  /// A path for each GET route that answers with a whole body.
  std::vector<std::string> paths() {
    const auto asset = add("http://a.example/");
    const auto run = post("/api/v1/runs", R"({"all":true})");
    call("PUT", "/api/v1/groups/shop", "{}");
    const auto epoch = post("/api/v1/snapshots", {}).at("/epoch");
    std::vector<std::string> found;
    for (const auto& route : routes()) {
      if (route.method != "GET" || route.operation.media != "application/json") continue;
      std::string path{route.pattern};
      const auto hole = path.find('{');
      if (hole != path.npos) {
        const auto id = path.find("/assets/") != path.npos      ? asset
                        : path.find("/runs/") != path.npos      ? run.at("/id")
                        : path.find("/jobs/") != path.npos      ? run.at("/jobs/0")
                        : path.find("/groups/") != path.npos    ? "shop"
                        : path.find("/snapshots/") != path.npos ? epoch
                                                                : "";
        path.replace(hole, path.find('}') - hole + 1, id);
      }
      found.push_back(std::move(path));
    }
    return found;
  }
};

TEST_F(Representation, EveryGetHasAnETagThatAnswers304WhileNothingChanges) {
  for (const auto& path : paths()) {
    SCOPED_TRACE(path);
    const auto first = get(path);
    ASSERT_EQ(first.status, 200) << first.text;
    ASSERT_TRUE(first.headers.contains("etag"));
    const auto again = call("GET", path, {}, {"If-None-Match: " + first.headers.at("etag")});
    EXPECT_EQ(again.status, 304) << again.text;
    EXPECT_EQ(again.text, "");
    EXPECT_EQ(again.headers.at("etag"), first.headers.at("etag"));
    EXPECT_TRUE(again.headers.contains("x-request-id"));
    EXPECT_EQ(call("GET", path, {}, {"If-None-Match: \"other\", W/\"and\""}).status, 200);
  }
}

TEST_F(Representation, AChangeOfTheAssetIsANewETag) {
  const auto id = add("http://a.example/");
  const auto before = get("/api/v1/assets/" + id).headers.at("etag");
  EXPECT_EQ(
      call("PATCH", "/api/v1/assets/" + id, R"({"tags":["x"]})", {"If-Match: " + before}).status,
      200);
  const auto after = call("GET", "/api/v1/assets/" + id, {}, {"If-None-Match: " + before});
  EXPECT_EQ(after.status, 200);
  EXPECT_NE(after.headers.at("etag"), before);
  EXPECT_EQ(
      call("PATCH", "/api/v1/assets/" + id, R"({"tags":["y"]})", {"If-Match: " + before}).status,
      412);
}

TEST_F(Representation, ACommitIsANewETagButNoOtherVersion) {
  const auto id = add("http://a.example/");
  const auto before = get("/api/v1/assets/" + id).headers.at("etag");
  redis.command({"HINCRBY", keys.asset(*parse_id<AssetId>(id)), "rev", "1"});
  EXPECT_EQ(call("GET", "/api/v1/assets/" + id, {}, {"If-None-Match: " + before}).status, 200);
  EXPECT_EQ(
      call("PATCH", "/api/v1/assets/" + id, R"({"tags":["x"]})", {"If-Match: " + before}).status,
      200);
}

TEST_F(Representation, WhatIsWorthItIsCompressedForThoseWhoAskForIt) {
  for (int i = 0; i < 20; ++i) add("http://a.example/" + std::to_string(i));
  const auto plain = get("/api/v1/assets");
  EXPECT_FALSE(plain.headers.contains("content-encoding"));
  EXPECT_EQ(plain.headers.at("vary"), "Accept-Encoding");
  const auto zipped = call("GET", "/api/v1/assets", {}, {"Accept-Encoding: gzip;q=0.5"});
  EXPECT_EQ(zipped.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(zipped.headers.at("vary"), "Accept-Encoding");
  EXPECT_EQ(zipped.text, plain.text) << "libcurl has decoded it";
  EXPECT_LT(std::stoul(zipped.headers.at("content-length")), plain.text.size() / 4);
  const auto head = call("HEAD", "/api/v1/assets", {}, {"Accept-Encoding: gzip"});
  EXPECT_EQ(head.headers.at("content-length"), zipped.headers.at("content-length"));
  EXPECT_EQ(head.headers.at("etag"), zipped.headers.at("etag"));
  EXPECT_EQ(head.headers.at("content-encoding"), "gzip");
  const auto small = call("GET", "/api/v1/health", {}, {"Accept-Encoding: gzip"});
  EXPECT_FALSE(small.headers.contains("content-encoding"));
}

TEST_F(Representation, HeadHasTheFieldsOfGetOnEveryRoute) {
  for (const auto& path : paths()) {
    SCOPED_TRACE(path);
    auto full = get(path);
    auto head = call("HEAD", path);
    EXPECT_EQ(head.status, full.status);
    EXPECT_EQ(head.text, "");
    for (auto* reply : {&full, &head}) reply->headers.erase("x-request-id");
    EXPECT_EQ(head.headers, full.headers);
  }
}

TEST_F(Representation, ARequestKeepsTheNameThatItsClientGaveIt) {
  EXPECT_EQ(
      call("GET", "/api/v1/fleet", {}, {"X-Request-Id: deploy-47.11_b"}).headers.at("x-request-id"),
      "deploy-47.11_b");
  const auto missing = call("GET", "/api/v1/nothing", {}, {"X-Request-Id: deploy"});
  EXPECT_EQ(missing.at("/instance"), "deploy");
  for (const auto& bad : {std::string{"a b"}, std::string{"x\"y"}, std::string(65, 'x')}) {
    const auto given =
        call("GET", "/api/v1/fleet", {}, {"X-Request-Id: " + bad}).headers.at("x-request-id");
    EXPECT_NE(given, bad);
    EXPECT_EQ(given.size(), 16U);
  }
}

TEST_F(Representation, EvenWhatIsNoRequestIsAnsweredWithAnId) {
  const auto answer = raw("GET / HTTP/3.0\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(answer.find("X-Request-Id: "), std::string::npos) << answer;
}

}  // namespace
}  // namespace webmon::api
