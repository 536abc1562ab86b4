#include "cli/sse_reader.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

TEST(SseReader, GivesAnEventWhenItsEmptyLineComes) {
  SseReader reader;
  EXPECT_FALSE(reader.feed("event: state"));
  EXPECT_FALSE(reader.feed("id: 17-0"));
  EXPECT_FALSE(reader.feed("data: {\"a\":1,"));
  EXPECT_FALSE(reader.feed("data:\"b\":2}\r"));
  const auto event = reader.feed("\r");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "state");
  EXPECT_EQ(event->data, "{\"a\":1,\n\"b\":2}");
  EXPECT_EQ(reader.last_id(), "17-0");
}

TEST(SseReader, CommentsAndIdsAloneAreNoEvents) {
  SseReader reader;
  for (const auto* line : {": heartbeat", "", "retry: 2000", "id: 5-1", "", "unknown: x", ""})
    EXPECT_FALSE(reader.feed(line)) << line;
  EXPECT_EQ(reader.last_id(), "5-1");
  EXPECT_FALSE(reader.feed("data: x"));
  EXPECT_EQ(reader.feed("")->type, "message") << "the type of the event before does not stay";
}

TEST(SseReader, AnEndlessEventTakesNoEndlessMemory) {
  SseReader reader;
  const std::string part(1'000, 'x');
  for (int i = 0; i < 5'000; ++i) EXPECT_FALSE(reader.feed("data: " + part));
  EXPECT_LE(reader.feed("")->data.size(), 1U << 20U);
}

}  // namespace
}  // namespace webmon::cli
