#include "lib/wire/frames.hpp"

#include <gtest/gtest.h>

namespace webmon::wire {
namespace {

const std::string kId = "0190a8c0-1234-7abc-8def-0123456789ab";

TEST(JobFrame, IsTheIdInAsciiAndComesBack) {
  const auto id = parse_id<JobId>(kId);
  ASSERT_TRUE(id);
  EXPECT_EQ(job_frame(*id), kId);
  const auto parsed = parse_job({job_frame(*id)});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, *id);
}

TEST(JobFrame, RefusesEverythingElse) {
  struct Case {
    const char* name;
    std::vector<std::string> frames;
  };
  const Case cases[] = {
      {"no frame", {}},
      {"empty frame", {""}},
      {"two frames", {kId, kId}},
      {"empty delimiter before it", {"", kId}},
      {"too short", {kId.substr(1)}},
      {"trailing newline", {kId + "\n"}},
      {"trailing nul", {kId + std::string(1, '\0')}},
      {"upper case", {"0190A8C0-1234-7ABC-8DEF-0123456789AB"}},
      {"version 4", {"0190a8c0-1234-4abc-8def-0123456789ab"}},
      {"wrong variant", {"0190a8c0-1234-7abc-cdef-0123456789ab"}},
      {"dash in a wrong place", {"0190a8c01-234-7abc-8def-0123456789ab"}},
      {"not hex", {"0190a8c0-1234-7abc-8def-0123456789ag"}},
      {"high bytes", {std::string(36, '\xff')}},
      {"HTTP", {"GET / HTTP/1.1\r\nHost: webmon\r\n\r\n   "}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto parsed = parse_job(c.frames);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::bad_frame);
  }
}

TEST(CommandFrame, EveryCommandComesBack) {
  for (const auto command :
       {Command::snapshot_now, Command::snapshot_soon, Command::ping, Command::status,
        Command::pause, Command::resume, Command::drain, Command::shutdown}) {
    const auto parsed = parse_command(to_string(command));
    ASSERT_TRUE(parsed) << to_string(command);
    EXPECT_EQ(*parsed, command);
  }
  EXPECT_EQ(to_string(Command::snapshot_now), "SNAPSHOT NOW");
}

TEST(CommandFrame, TakesExactBytesOnlyAndNamesTheCommands) {
  for (const std::string text :
       {"", "ping", "PING ", " PING", "PING\n", "SNAPSHOT", "SNAPSHOT  NOW", "SNAPSHOT NOW\r\n",
        "FLUSHALL", "GET / HTTP/1.1", "\xff\xfe"}) {
    SCOPED_TRACE(text);
    const auto parsed = parse_command(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::bad_frame);
    EXPECT_NE(parsed.error().detail.find("SNAPSHOT NOW"), std::string::npos);
  }
}

TEST(Reply, OkCarriesItsFields) {
  const auto text = ok_reply({{"epoch", 7}});
  EXPECT_EQ(text, R"({"ok":true,"epoch":7})");
  const auto parsed = parse_reply(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("epoch").as_int64(), 7);
}

TEST(Reply, ErrorComesBackAsThatError) {
  const auto text = error_reply({Errc::conflict, "standing by"});
  EXPECT_EQ(text, R"({"ok":false,"error":"conflict","detail":"standing by"})");
  const auto parsed = parse_reply(text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::conflict);
  EXPECT_EQ(parsed.error().detail, "standing by");
}

TEST(Reply, LongDetailIsCutWithoutSplittingACharacter) {
  std::string detail;
  for (int i = 0; i < 700; ++i) detail += "\u00e9x";  // 3 bytes: the bound falls inside a sequence
  const auto parsed = parse_reply(error_reply({Errc::internal, detail}));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::internal);
  EXPECT_LE(parsed.error().detail.size(), 1'024U);
  EXPECT_EQ(detail.compare(0, parsed.error().detail.size(), parsed.error().detail), 0);
}

TEST(Reply, HostileRepliesAreBadFrames) {
  struct Case {
    const char* name;
    std::string text;
  };
  const Case cases[] = {
      {"empty", ""},
      {"not JSON", "OK"},
      {"array", "[true]"},
      {"no ok", "{}"},
      {"ok is a number", R"({"ok":1})"},
      {"cut", R"({"ok":true)"},
      {"two values", R"({"ok":true}{})"},
      {"error without code", R"({"ok":false})"},
      {"code is a number", R"({"ok":false,"error":3})"},
      {"unknown code", R"({"ok":false,"error":"meltdown"})"},
      {"too deep", std::string(100, '[') + std::string(100, ']')},
      {"too long", R"({"ok":true,"x":")" + std::string(70'000, 'a') + "\"}"},
      {"broken UTF-8", "{\"ok\":true,\"x\":\"\xff\"}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto parsed = parse_reply(c.text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Errc::bad_frame);
  }
}

}  // namespace
}  // namespace webmon::wire
