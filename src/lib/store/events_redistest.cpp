#include "lib/store/events.hpp"
#include "lib/store/redis_fixture.hpp"

namespace webmon::store {
namespace {

class Events : public RedisTest {
 protected:
  Events() : asset_{create()}, p_{asset_.id.partition()} {}

  JobRef check(AssetState state, bool is_told, RunId run = {}) {
    const auto job = submitted(asset_, run);
    auto args = finish_args(job, claimed(job), state);
    args.is_told = is_told;
    EXPECT_EQ(finish(job, args), Finished::done);
    return job;
  }
  std::vector<std::string> outbox(std::size_t limit = 100) {
    return ask([&](Batch& b) { add_outbox(b, keys_, p_, limit); }, read_outbox);
  }
  EventPage events(EventId after, std::size_t limit = 100) {
    return ask([&](Batch& b) { add_events(b, keys_, after, limit); },
               [&](const Reply& reply) { return read_events(reply, limit); });
  }
  EventSpan span() {
    return ask([&](Batch& b) { add_event_span(b, keys_); }, read_event_span);
  }
  void publish(const std::vector<std::string>& entries) {
    tell([&](Batch& b) { add_publish(b, keys_, p_, entries); });
  }

  Asset asset_;
  Partition p_;
};

TEST_F(Events, AChangeOfStateIsAlwaysToldAndTheRestOnlyIfAsked) {
  const auto run = new_run();
  const auto first = check(AssetState::up, false);
  check(AssetState::up, false);
  const auto third = check(AssetState::up, true, run);
  const auto entries = outbox();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(
      *parse_result_event(entries[0]),
      (ResultEvent{
          asset_.id, first.id, {}, AssetState::up, AssetState::unknown, store_time_ms(5'000)}));
  EXPECT_EQ(*parse_result_event(entries[1]), (ResultEvent{asset_.id, third.id, run, AssetState::up,
                                                          AssetState::up, store_time_ms(5'000)}));
}

TEST_F(Events, WhatChangesNothingIsNotTold) {
  const auto job = submitted(asset_);
  auto args = finish_args(job, claimed(job), AssetState::down);
  args.is_told = true;
  args.token = std::string(32, '0');
  EXPECT_EQ(finish(job, args), Finished::fenced);
  EXPECT_TRUE(outbox().empty());
}

TEST_F(Events, AnOutboxThatNobodyEmptiesKeepsTheNewest) {
  tell([&](Batch& b) {
    for (int i = 0; i < 10'000; ++i) b.add({"RPUSH", keys_.outbox(p_), std::to_string(i)});
  });
  check(AssetState::up, false);
  EXPECT_EQ(redis({"LLEN", keys_.outbox(p_)}), "10000");
  EXPECT_EQ(outbox(1).front(), "1");
}

TEST_F(Events, PublishingMovesTheOldestInOrder) {
  for (const auto state : {AssetState::up, AssetState::down, AssetState::up}) check(state, false);
  const auto first = outbox(2);
  publish(first);
  ASSERT_EQ(outbox().size(), 1U);
  publish(outbox());
  EXPECT_TRUE(outbox().empty());
  const auto page = events({});
  ASSERT_EQ(page.events.size(), 3U);
  EXPECT_LT(page.events[0].id, page.events[1].id);
  EXPECT_EQ(page.events[0].result.previous, AssetState::unknown);
  EXPECT_EQ(page.events[2].result.previous, AssetState::down);
  EXPECT_EQ(page.last, page.events[2].id);
  EXPECT_FALSE(page.is_full);
  EXPECT_EQ(events(page.events[1].id).events.size(), 1U);
  EXPECT_TRUE(events({}, 3).is_full);
}

TEST_F(Events, EntriesOfALaterBuildArePassedOver) {
  check(AssetState::up, false);
  publish(outbox());
  redis({"XADD", keys_.events(), "*", "e", "something else"});
  redis({"XADD", keys_.events(), "*", "other", "field"});
  const auto page = events({});
  EXPECT_EQ(page.events.size(), 1U);
  EXPECT_GT(*page.last, page.events[0].id) << "so that they are not read again and again";
}

TEST_F(Events, TheSpanTellsWhatIsGone) {
  EXPECT_EQ(span().last, EventId{});
  EXPECT_FALSE(span().oldest);
  for (int i = 1; i <= 3; ++i) redis({"XADD", keys_.events(), std::to_string(i) + "-0", "e", "x"});
  EXPECT_EQ(span().last, (EventId{3, 0}));
  EXPECT_EQ(span().oldest, (EventId{1, 0}));
  EXPECT_FALSE(span().has_dropped);
  redis({"XTRIM", keys_.events(), "MAXLEN", "1"});
  EXPECT_EQ(span().oldest, (EventId{3, 0}));
  EXPECT_TRUE(span().has_dropped);
}

TEST_F(Events, ListeningIsForgottenByItself) {
  const auto listens = [&] {
    return ask([&](Batch& b) { add_is_listening(b, keys_); }, read_is_listening);
  };
  EXPECT_FALSE(listens());
  tell([&](Batch& b) { add_listening(b, keys_); });
  EXPECT_TRUE(listens());
  EXPECT_EQ(redis({"TTL", keys_.listening()}), "10");
}

TEST(EventIds, AreTwoNumbers) {
  EXPECT_EQ(*parse_event_id("12-3"), (EventId{12, 3}));
  EXPECT_EQ(to_string(*parse_event_id("12-3")), "12-3");
  for (const auto* bad : {"", "12", "-", "12-", "-3", "a-b", "12-3-4", "18446744073709551616-0"})
    EXPECT_FALSE(parse_event_id(bad)) << bad;
}

TEST(ResultEvents, ThatAreTornAreRefused) {
  const std::string id = "0192f3c0-7a10-7cc2-9d5e-3f1b2a6c9e15";
  EXPECT_TRUE(parse_result_event(id + " " + id + " - up down 5"));
  for (const auto& bad :
       {std::string{}, id, id + " " + id + " - up down", id + " " + id + " - up down 5 6",
        id + " " + id + " - up sideways 5", id + " x - up down 5", id + " " + id + " - up down "})
    EXPECT_FALSE(parse_result_event(bad)) << bad;
}

}  // namespace
}  // namespace webmon::store
