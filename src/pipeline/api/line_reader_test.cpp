#include "pipeline/api/line_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace webmon::api {
namespace {

/// Every line as "number:text", "number!" if it is too long, of a stream cut into parts of `size`.
std::vector<std::string> lines(std::string_view stream, std::size_t size, std::size_t longest = 8) {
  LineReader reader{longest};
  std::vector<std::string> found;
  const auto drain = [&] {
    while (const auto line = reader.next()) {
      found.push_back(std::to_string(line->number) +
                      (line->is_too_long ? "!" : ":" + std::string{line->text}));
    }
  };
  for (; !stream.empty(); stream.remove_prefix(std::min(size, stream.size()))) {
    reader.feed(stream.substr(0, size));
    drain();
  }
  reader.end();
  drain();
  return found;
}

using Lines = std::vector<std::string>;

TEST(LineReader, GivesTheSameLinesHoweverTheStreamIsCut) {
  for (std::size_t size = 1; size < 12; ++size) {
    EXPECT_EQ(lines("one\ntwo\r\nthree\n", size), (Lines{"1:one", "2:two", "3:three"})) << size;
  }
}

TEST(LineReader, CountsBlankLinesAndDoesNotGiveThem) {
  EXPECT_EQ(lines("\n\r\n \t\nfour\n\n", 3), Lines{"4:four"});
  EXPECT_EQ(lines("", 3), Lines{});
}

TEST(LineReader, GivesALastLineWithoutItsEndOnlyOnceTheStreamHasEnded) {
  LineReader reader{8};
  reader.feed("half");
  EXPECT_FALSE(reader.next());
  reader.end();
  ASSERT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
}

TEST(LineReader, MarksLinesOverTheBoundAndGoesOnBehindThem) {
  const std::string longer(100, 'x');
  for (const std::size_t size : {1U, 5U, 7U, 9U, 200U}) {
    EXPECT_EQ(lines(longer + "\nok\n" + longer, size), (Lines{"1!", "2:ok", "3!"})) << size;
    EXPECT_EQ(lines("12345678\r\n123456789\r\n", size), (Lines{"1:12345678", "2!"})) << size;
  }
}

}  // namespace
}  // namespace webmon::api
