// GET /metrics: counts of requests, and the fleet as far as Redis tells it.
#include <gmock/gmock.h>

#include "lib/store/fleet.hpp"
#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MetricsCall : public ApiTest {
 protected:
  void beat(const std::string& id, int slots, int in_flight) {
    store::Batch batch;
    store::add_beat(batch, keys, {id, "here", slots, in_flight, store_time_ms(7'000'000)});
    redis_batch(std::move(batch));
  }
};

TEST_F(MetricsCall, CountsRequestsByRouteAndRefusalsByCode) {
  add("http://a.example/");
  EXPECT_EQ(get("/api/v1/assets/nonsense").status, 400);
  EXPECT_EQ(get("/api/v1/assets/nonsense").status, 400);
  EXPECT_EQ(get("/nothing/at/http://b.example/").status, 404);
  const auto reply = get("/metrics");
  ASSERT_EQ(reply.status, 200);
  EXPECT_THAT(reply.headers.at("content-type"), HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(reply.text, HasSubstr("webmon_api_requests_total{method=\"POST\",route=\"/api/v1/"
                                    "assets\",class=\"2xx\"} 1\n"));
  EXPECT_THAT(reply.text, HasSubstr("webmon_api_requests_total{method=\"GET\",route=\"/api/v1/"
                                    "assets/{id}\",class=\"4xx\"} 2\n"));
  EXPECT_THAT(
      reply.text,
      HasSubstr("webmon_api_requests_total{method=\"other\",route=\"none\",class=\"4xx\"} 1\n"));
  EXPECT_THAT(reply.text, HasSubstr("webmon_api_refusals_total{code=\"bad_id\"} 2\n"));
  EXPECT_THAT(reply.text, HasSubstr("webmon_api_refusals_total{code=\"no_route\"} 1\n"));
  EXPECT_THAT(reply.text, Not(HasSubstr("example"))) << "no URL in a label";
}

TEST_F(MetricsCall, ShowsTheFleetAndWhatTheLeaderTells) {
  add("http://a.example/");
  beat("ex-1", 64, 3);
  beat("ex-2", 16, 1);
  store::Batch batch;
  store::add_leader_report(batch, keys, {5, milliseconds{100}, milliseconds{250}, 1, 1},
                           seconds{60});
  redis_batch(std::move(batch));
  const auto text = get("/metrics").text;
  EXPECT_THAT(text, HasSubstr("webmon_fleet_assets{state=\"unknown\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("webmon_fleet_executors_alive 2\n"));
  EXPECT_THAT(text, HasSubstr("webmon_fleet_executor_slots 80\n"));
  EXPECT_THAT(text, HasSubstr("webmon_fleet_executor_jobs_in_flight 4\n"));
  EXPECT_THAT(text, HasSubstr("webmon_fleet_leader 1\n"));
  EXPECT_THAT(text, HasSubstr("webmon_fleet_open_jobs 5\n"));
  EXPECT_THAT(text, HasSubstr("webmon_fleet_schedule_lag_p99_seconds 0.25\n"));
  const auto fleet = get("/api/v1/fleet");
  EXPECT_EQ(fleet.at("/schedule/open_jobs"), "5") << fleet.text;
  EXPECT_EQ(fleet.at("/schedule/lag_p99_ms"), "250");
  EXPECT_EQ(fleet.at("/snapshots/last_ok"), "true");
}

TEST_F(MetricsCall, WithoutALeaderItsNumbersAreAbsent) {
  const auto text = get("/metrics").text;
  EXPECT_THAT(text, HasSubstr("webmon_fleet_leader 0\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE webmon_fleet_open_jobs gauge\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nwebmon_fleet_open_jobs ")));
  EXPECT_EQ(get("/api/v1/fleet").at("/schedule/lag_p50_ms"), "null");
}

TEST_F(MetricsCall, ManyScrapesReadTheFleetOnceASecond) {
  const auto readings = [&] {  // each reads the list of executors once
    const auto stats = redis.command({"INFO", "commandstats"});
    const auto at = stats.find("cmdstat_zrevrange:calls=");
    return at == stats.npos ? 0 : std::stoi(stats.substr(at + 24));
  };
  ASSERT_EQ(get("/metrics").status, 200);
  const auto before = readings();
  EXPECT_GE(before, 1);
  const auto began = system_clock().mono();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(get("/metrics").status, 200);
  const auto took = std::chrono::ceil<seconds>(system_clock().mono() - began);
  EXPECT_LE(readings() - before, took.count());
  beat("ex-1", 64, 0);
  EXPECT_TRUE(webmon::testing::wait_until([&] {
    return get("/metrics").text.find("webmon_fleet_executors_alive 1\n") != std::string::npos;
  }));
}

TEST_F(MetricsCall, WhileRedisIsAwayItTellsThatAndShowsNoFleet) {
  redis.kill();
  std::string text;
  EXPECT_TRUE(webmon::testing::wait_until([&] {
    text = get("/metrics").text;
    return text.find("webmon_api_redis_up 0\n") != std::string::npos &&
           text.find("\nwebmon_fleet_leader ") == std::string::npos;
  })) << text;
  EXPECT_THAT(text, HasSubstr("# TYPE webmon_fleet_leader gauge\n"));
  EXPECT_THAT(text, HasSubstr("webmon_api_connections_total "));
}

}  // namespace
}  // namespace webmon::api
