// assets/{id}/baseline over HTTP, with a model as an executor leaves it.
#include "lib/change/page_watch.hpp"
#include "lib/html/extract.hpp"
#include "lib/stats/model.hpp"
#include "lib/store/assets.hpp"
#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

class BaselineApi : public ApiTest {
 protected:
  /// Leaves what executors would have learned of a page: itself 30 times, then `last`.
  void learn(const std::string& id, const std::string& last) {
    std::string memory;
    for (int i = 0; i < 30; ++i) see(kPage, memory);
    see(last, memory);
    Model model;
    model.set_page_memory(std::move(memory));
    store::Batch batch;
    batch.add({"SET", keys.model(*parse_id<AssetId>(id)), model.encode()});
    redis_batch(std::move(batch));
  }
  HttpReply decide(const std::string& id, const std::string& decision) {
    return post("/api/v1/assets/" + id + "/baseline", decision);
  }

  static constexpr std::string_view kPage = "<title>Shop</title><p>bread and cake</p></html>";
  static constexpr std::string_view kOther =
      "<title>Shop</title><meta http-equiv=refresh content='0;url=//evil.example/'>"
      "<p>bread and cake</p></html>";

 private:
  void see(std::string_view html, std::string& memory) {
    Page page;
    page.url = *parse_url("http://a.example/");
    page.body = html;
    page.observed_at = store_time_ms(1'700'000'000'000);
    extract_features(page.body, "text/html", page.features);
    change::watch(page, memory);
  }
};

TEST_F(BaselineApi, SaysWhatThePageIsComparedWithAndWhatWaits) {
  const auto id = add("http://a.example/");
  const auto fresh = get("/api/v1/assets/" + id + "/baseline");
  ASSERT_EQ(fresh.status, 200) << fresh.text;
  EXPECT_EQ(fresh.at("/accepted"), "0");
  EXPECT_EQ(fresh.at("/compared"), "false");
  EXPECT_EQ(fresh.at("/waiting"), "null");
  EXPECT_EQ(fresh.at("/approved"), "null");

  learn(id, std::string{kOther});
  const auto known = get("/api/v1/assets/" + id + "/baseline");
  EXPECT_EQ(known.at("/accepted"), "30");
  EXPECT_EQ(known.at("/compared"), "true");
  EXPECT_EQ(known.at("/waiting/times"), "1");
  EXPECT_EQ(known.at("/waiting/since"), "2023-11-14T22:13:20.000Z");
}

TEST_F(BaselineApi, DecisionsStandInTheAssetAndRaiseItsVersion) {
  const auto id = add("http://a.example/");
  learn(id, std::string{kOther});
  const auto approved = decide(id, R"({"action":"approve"})");
  ASSERT_EQ(approved.status, 200) << approved.text;
  EXPECT_NE(approved.at("/approved"), "null");
  EXPECT_EQ(approved.at("/durable"), "false");
  const auto rejected = decide(id, R"({"action":"reject"})");
  ASSERT_EQ(rejected.status, 200) << rejected.text;
  const auto expected = decide(id, R"({"action":"expect","for_s":60})");
  ASSERT_EQ(expected.status, 200) << expected.text;
  const auto known = get("/api/v1/assets/" + id + "/baseline");
  EXPECT_EQ(known.at("/approved"), approved.at("/approved")) << "another change keeps it";
  EXPECT_EQ(known.at("/rejected"), rejected.at("/rejected"));
  EXPECT_NE(known.at("/expected_until"), "null");
  EXPECT_EQ(get("/api/v1/assets/" + id).at("/version"), "4");
  EXPECT_EQ(call("PATCH", "/api/v1/assets/" + id, R"({"tags":["x"]})").status, 200);
  EXPECT_EQ(get("/api/v1/assets/" + id + "/baseline").at("/approved"), approved.at("/approved"));
  EXPECT_EQ(decide(id, R"({"action":"expect","for_s":0})").at("/expected_until"), "null");
}

TEST_F(BaselineApi, NothingWaitsNothingIsDecided) {
  const auto id = add("http://a.example/");
  EXPECT_EQ(decide(id, R"({"action":"approve"})").code(), "conflict");
  learn(id, std::string{kPage});
  EXPECT_EQ(decide(id, R"({"action":"reject"})").code(), "conflict");
  EXPECT_EQ(get("/api/v1/assets/" + id).at("/version"), "1");
}

TEST_F(BaselineApi, RefusesWhatIsNoDecision) {
  const auto id = add("http://a.example/");
  for (const auto* bad :
       {R"({})", R"({"action":"bless"})", R"({"action":7})", R"({"action":"expect"})",
        R"({"action":"expect","for_s":-1})", R"({"action":"expect","for_s":604801})",
        R"({"action":"approve","for_s":5})", R"({"action":"approve","more":1})"}) {
    const auto refused = decide(id, bad);
    EXPECT_EQ(refused.status, 422) << bad << refused.text;
    EXPECT_EQ(refused.code(), "bad_input") << bad;
  }
  const auto patched = call("PATCH", "/api/v1/assets/" + id, R"({"baseline":{}})");
  EXPECT_EQ(patched.status, 422) << patched.text;
}

}  // namespace
}  // namespace webmon::api
