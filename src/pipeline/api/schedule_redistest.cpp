// What the API does to the schedule.
#include "lib/store/schedule.hpp"
#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

class Schedule : public ApiTest {
 protected:
  std::optional<StoreTime> time_of(const std::string& text) {
    const auto id = parse_id<AssetId>(text).value();
    store::Batch batch;
    store::add_next_times(batch, store::Keys{}, id.partition(), {&id, 1});
    return store::read_next_times(redis_batch(std::move(batch)).front())->front();
  }
  void set_time(const std::string& text, StoreTime at) {
    store::Batch batch;
    store::add_set_next_time(batch, store::Keys{}, parse_id<AssetId>(text).value(), at);
    redis_batch(std::move(batch));
  }
};

TEST_F(Schedule, AnIntervalIsSetReadChangedAndTakenAway) {
  const auto added = post("/api/v1/assets", R"({"url":"http://a.example/","interval_s":60})");
  ASSERT_EQ(added.status, 201) << added.text;
  EXPECT_EQ(added.at("/interval_s"), "60");
  const auto path = "/api/v1/assets/" + added.at("/id");
  set_time(added.at("/id"), store_time_ms(5'000));
  EXPECT_EQ(call("PATCH", path, R"({"interval_s":60})").at("/interval_s"), "60");
  EXPECT_EQ(time_of(added.at("/id")), store_time_ms(5'000)) << "the same as before: no check";
  EXPECT_EQ(call("PATCH", path, R"({"interval_s":null})").at("/interval_s"), "null");
  EXPECT_GT(*time_of(added.at("/id")), store_time_ms(5'000)) << "another one: now";
  EXPECT_EQ(get(path).at("/interval_s"), "null");
  const auto refused = call("PATCH", path, R"({"interval_s":1})");
  EXPECT_EQ(refused.status, 422) << refused.text;
}

TEST_F(Schedule, AMoveToAnotherHostCarriesTheTimeAlong) {
  const auto id = add("http://a.example/");
  const auto planned = store_time_ms(1'900'000'000'000);
  set_time(id, planned);
  const auto moved = call("PATCH", "/api/v1/assets/" + id, R"({"url":"http://b.example/"})");
  ASSERT_EQ(moved.status, 200) << moved.text;
  EXPECT_EQ(time_of(moved.at("/id")), planned);
  EXPECT_FALSE(time_of(id));
  const auto other = call("PATCH", "/api/v1/assets/" + moved.at("/id"),
                          R"({"url":"http://c.example/","interval_s":60})");
  ASSERT_EQ(other.status, 200) << other.text;
  EXPECT_LT(*time_of(other.at("/id")), planned) << "another interval: now";
}

TEST_F(Schedule, TheFleetTellsWhatIsPlannedAndWhatIsOverdue) {
  set_time(add("http://a.example/"), store_time_ms(1'000));
  set_time(add("http://b.example/"), store_time_ms(1'900'000'000'000));
  const auto fleet = get("/api/v1/fleet");
  ASSERT_EQ(fleet.status, 200) << fleet.text;
  EXPECT_EQ(fleet.at("/schedule/planned"), "2");
  EXPECT_EQ(fleet.at("/schedule/overdue"), "1");
}

}  // namespace
}  // namespace webmon::api
