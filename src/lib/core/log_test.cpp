#include "lib/core/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace webmon {
namespace {

std::string line_of(std::string_view message, std::vector<LogField> fields = {}) {
  return format_log_line(LogLevel::info, message, fields);
}

TEST(Log, PrintsLogfmt) {
  EXPECT_EQ(format_log_line(
                LogLevel::warn, "lease expired",
                std::vector<LogField>{{"job", "0198-a"}, {"worker", "ex-3"}, {"term_ms", 30000}}),
            "level=warn msg=\"lease expired\" job=0198-a worker=ex-3 term_ms=30000\n");
}

TEST(Log, PrintsEveryKindOfValue) {
  EXPECT_EQ(line_of("x", {{"b", true},
                          {"i", -5},
                          {"u", std::uint64_t{18'446'744'073'709'551'615U}},
                          {"d", 0.5},
                          {"s", std::string{"a b"}},
                          {"e", ""}}),
            "level=info msg=\"x\" b=true i=-5 u=18446744073709551615 d=0.5 s=\"a b\" e=\"\"\n");
}

TEST(Log, QuotesWhatWouldBreakAField) {
  EXPECT_EQ(line_of("m", {{"v", "a=b"}}), "level=info msg=\"m\" v=\"a=b\"\n");
  EXPECT_EQ(line_of("m", {{"v", "say \"hi\" \\"}}),
            "level=info msg=\"m\" v=\"say \\\"hi\\\" \\\\\"\n");
}

TEST(Log, NeverLetsAControlByteOut) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  all +=
      "\xC2\x9B"
      "31m";              // CSI as C1 control
  all += "\xE2\x80\xAE";  // right-to-left override
  all += "\xE2\x80\xA8";  // line separator
  all += "\xED\xA0\x80";  // a surrogate
  all += "\xC0\x8A";      // an over-long newline
  const auto line = format_log_line(LogLevel::info, all, std::vector<LogField>{{all, all}});
  ASSERT_EQ(line.back(), '\n');
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    EXPECT_GE(byte, 0x20) << i;
    EXPECT_NE(byte, 0x7f) << i;
  }
  EXPECT_EQ(line.find("\xC2\x9B"), std::string::npos);
  EXPECT_EQ(line.find("\xE2\x80"), std::string::npos);
  EXPECT_EQ(line.find('\xC0'), std::string::npos);
  EXPECT_NE(line.find("\\x1b"), std::string::npos);
  EXPECT_NE(line.find("\\n"), std::string::npos);
}

TEST(Log, KeepsLettersOfAllLanguages) {
  EXPECT_EQ(line_of("m", {{"v", "Z\xC3\xBCrich \xE4\xBE\x8B \xF0\x9F\x98\x80"}}),
            "level=info msg=\"m\" v=\"Z\xC3\xBCrich \xE4\xBE\x8B \xF0\x9F\x98\x80\"\n");
}

TEST(Log, CutsLongValuesAndLines) {
  const auto line = line_of("m", {{"v", std::string(2000, 'x')}});
  EXPECT_LT(line.size(), 600U);
  EXPECT_NE(line.find("...\""), std::string::npos);
  const std::string wide(512, '\x01');
  const auto longest = line_of("m", {{"a", wide}, {"b", wide}, {"c", wide}});
  EXPECT_LE(longest.size(), 4096U);
  EXPECT_TRUE(longest.ends_with(" ...\n"));
}

const LogStyle kJson{.format = LogFormat::json, .time = store_time_ms(1'790'000'000'123)};

TEST(Log, PrintsJsonWithTheSameNames) {
  const std::vector<LogField> fields{{"job", "0198-a"}, {"ok", true}, {"term_ms", -5}, {"x", 0.5}};
  EXPECT_EQ(format_log_line(LogLevel::warn, "lease expired", fields, kJson),
            "{\"ts\":\"2026-09-21T14:13:20.123Z\",\"level\":\"warn\",\"msg\":\"lease expired\","
            "\"job\":\"0198-a\",\"ok\":true,\"term_ms\":-5,\"x\":0.5}\n");
  EXPECT_EQ(format_log_line(LogLevel::info, "m", std::vector<LogField>{{"x", HUGE_VAL}},
                            {.format = LogFormat::json, .time = {}}),
            "{\"level\":\"info\",\"msg\":\"m\",\"x\":null}\n");
}

TEST(Log, EscapesForJsonWhatJsonDoesNotKnow) {
  const std::vector<LogField> fields{{"a\"b", "q\" b\\ \n \x1b[31m \xC0 \xE2\x80\xAE"}};
  EXPECT_EQ(format_log_line(LogLevel::info, "m", fields, {.format = LogFormat::json, .time = {}}),
            "{\"level\":\"info\",\"msg\":\"m\","
            "\"a_b\":\"q\\\" b\\\\ \\n \\\\x1b[31m \\\\xc0 \\\\xe2\\\\x80\\\\xae\"}\n");
}

TEST(Log, LeavesFieldsOutOfJsonThatIsTooLong) {
  const std::string wide(512, '\x01');
  const auto line = format_log_line(
      LogLevel::info, "m", std::vector<LogField>{{"a", wide}, {"b", wide}, {"c", wide}}, kJson);
  EXPECT_LE(line.size(), 4096U);
  EXPECT_TRUE(line.ends_with("\",\"cut\":true}\n")) << line;
}

TEST(Log, BeginsWithTheTimeIfNobodyElseAddsIt) {
  const LogStyle style{.format = LogFormat::logfmt, .time = store_time_ms(1'790'000'000'123)};
  EXPECT_EQ(format_log_line(LogLevel::info, "m", {}, style),
            "ts=2026-09-21T14:13:20.123Z level=info msg=\"m\"\n");
}

TEST(LogLimiter, PrintsTheFirstTenOfASecondAndCountsTheRest) {
  LogLimiter limiter;
  MonoTime now{};
  int printed = 0;
  for (int i = 0; i < 50; ++i) printed += limiter.admit(LogLevel::warn, "busy", now) ? 1 : 0;
  EXPECT_EQ(printed, 10);
  EXPECT_TRUE(limiter.admit(LogLevel::error, "busy", now)) << "another level is another event";
  EXPECT_TRUE(limiter.take_ended(now + milliseconds{999}).empty());
  const auto ended = limiter.take_ended(now + seconds{1});
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].message, "busy");
  EXPECT_EQ(ended[0].count, 40U);
  EXPECT_EQ(ended[0].level, LogLevel::warn);
  EXPECT_TRUE(limiter.admit(LogLevel::warn, "busy", now + seconds{1}));
}

TEST(LogLimiter, StaysSmallWhateverItIsFed) {
  LogLimiter limiter;
  int printed = 0;
  for (int i = 0; i < 100'000; ++i)
    printed += limiter.admit(LogLevel::info, "message " + std::to_string(i), MonoTime{}) ? 1 : 0;
  EXPECT_LE(printed, static_cast<int>(LogLimiter::kMaxKeys + 2 * LogLimiter::kPerSecond));
}

TEST(Log, PrintsToStderrFromManyThreadsInWholeLines) {
  ::testing::internal::CaptureStderr();
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([] {
        for (int i = 0; i < 100; ++i) log_info("from a thread", {{"i", i}});
      });
  }
  flush_log_repeats();
  const auto text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("level=info msg=\"from a thread\" i=0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("msg=\"from a thread\" repeated="), std::string::npos) << text;
}

TEST(Log, PrintsNothingBelowItsLevel) {
  ::testing::internal::CaptureStderr();
  log_debug("unseen");
  set_log({.level = LogLevel::error}, false);
  log_warn("unseen");
  set_log({.level = LogLevel::debug}, false);
  log_debug("seen");
  set_log({}, false);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "level=debug msg=\"seen\"\n");
}

TEST(Log, CountsRepeatsInJsonToo) {
  ::testing::internal::CaptureStderr();
  set_log({.level = LogLevel::info, .format = LogFormat::json}, false);
  for (int i = 0; i < 30; ++i) log_info("again");
  flush_log_repeats();
  set_log({}, false);
  const auto text = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(text, '\n'), 11) << text;
  EXPECT_TRUE(text.ends_with("\"msg\":\"again\",\"repeated\":20}\n")) << text;
}

TEST(LogFormat, ReadsItsNames) {
  EXPECT_EQ(parse_log_format("json").value(), LogFormat::json);
  EXPECT_EQ(parse_log_format("logfmt").value(), LogFormat::logfmt);
  EXPECT_FALSE(parse_log_format("JSON"));
}

TEST(LogLevel, ReadsItsNames) {
  EXPECT_EQ(parse_log_level("warn").value(), LogLevel::warn);
  EXPECT_EQ(parse_log_level("debug").value(), LogLevel::debug);
  EXPECT_FALSE(parse_log_level("WARN"));
}

}  // namespace
}  // namespace webmon
