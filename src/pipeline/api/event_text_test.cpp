#include "pipeline/api/event_text.hpp"

#include <gtest/gtest.h>

namespace webmon::api {
namespace {

const std::string kId = "0192f3c0-7a10-7cc2-9d5e-3f1b2a6c9e15";
const std::string kOther = "0192f3c0-7a10-7cc2-9d5e-3f1b2a6c9e16";

ToldEvent told(AssetState state, AssetState previous) {
  ToldEvent event;
  event.event.id = {1'764'042'000'123, 4};
  event.event.result.asset = *parse_id<AssetId>(kId);
  event.event.result.job = *parse_id<JobId>(kId);
  event.event.result.run = *parse_id<RunId>(kId);
  event.event.result.state = state;
  event.event.result.previous = previous;
  event.url = "http://a.example/";
  event.tags = {"shop"};
  return event;
}

Checked<EventFilter> filter_of(Fields query) {
  Request request;
  request.query = std::move(query);
  return read_event_filter(request);
}

std::string type_of(const ToldEvent& event, const EventFilter& filter) {
  const auto text = text_of(event, filter);
  if (!text) return "";
  const auto at = text->find("event: ") + 7;
  return text->substr(at, text->find('\n', at) - at);
}

TEST(EventText, IsAServerSentEvent) {
  const auto text = text_of(told(AssetState::down, AssetState::up), {});
  EXPECT_EQ(*text, "id: 1764042000123-4\nevent: state\ndata: {\"asset\":\"" + kId +
                       "\",\"url\":\"http://a.example/\",\"job\":\"" + kId + "\",\"run\":\"" + kId +
                       "\",\"state\":\"down\",\"previous\":\"up\","
                       "\"observed\":\"1970-01-01T00:00:00.000Z\"}\n\n");
  EXPECT_EQ(run_text("{}"), "event: run\ndata: {}\n\n");
  EXPECT_EQ(lost_text("slow"), "event: lost\ndata: {\"reason\":\"slow\"}\n\n");
}

TEST(EventText, AChangeIsAStateForThoseWhoWantStatesElseAResult) {
  const auto change = told(AssetState::down, AssetState::up);
  const auto same = told(AssetState::up, AssetState::up);
  struct Case {
    const char* types;
    const char* of_change;
    const char* of_same;
  };
  for (const auto& c :
       {Case{"result,state,run", "state", "result"}, Case{"result", "result", "result"},
        Case{"state", "state", ""}, Case{"run", "", ""}}) {
    const auto filter = filter_of({{"types", c.types}});
    ASSERT_TRUE(filter) << c.types;
    EXPECT_EQ(type_of(change, *filter), c.of_change) << c.types;
    EXPECT_EQ(type_of(same, *filter), c.of_same) << c.types;
  }
}

TEST(EventText, FiltersByRunAssetAndTag) {
  const auto event = told(AssetState::up, AssetState::up);
  EXPECT_EQ(type_of(event, *filter_of({{"run", kId}, {"asset", kId}, {"tag", "shop"}})), "result");
  EXPECT_EQ(type_of(event, *filter_of({{"run", kOther}})), "");
  EXPECT_EQ(type_of(event, *filter_of({{"asset", kOther}})), "");
  EXPECT_EQ(type_of(event, *filter_of({{"tag", "other"}})), "");
  const auto run = *parse_id<RunId>(kId);
  EXPECT_TRUE(wants_run({}, run));
  EXPECT_TRUE(wants_run(*filter_of({{"run", kId}}), run));
  EXPECT_FALSE(wants_run(*filter_of({{"run", kOther}}), run));
  EXPECT_FALSE(wants_run(*filter_of({{"types", "state"}}), run));
  EXPECT_FALSE(wants_run(*filter_of({{"tag", "shop"}}), run));
}

TEST(EventText, WrongFiltersAreRefused) {
  for (const Fields& query : {Fields{{"types", "results"}}, Fields{{"types", "result;run"}},
                              Fields{{"run", "1"}}, Fields{{"asset", ""}}}) {
    const auto filter = filter_of(query);
    ASSERT_FALSE(filter) << query[0].second;
    EXPECT_EQ(filter.error().code, "bad_query");
  }
}

}  // namespace
}  // namespace webmon::api
