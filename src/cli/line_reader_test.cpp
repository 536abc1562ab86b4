#include "cli/line_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace webmon::cli {
namespace {

using Lines = std::vector<std::pair<std::uint64_t, std::string>>;

Lines lines_of(std::string_view text, std::size_t piece) {
  LineSplitter splitter;
  Lines out;
  const auto drain = [&] {
    while (auto line = splitter.next())
      out.emplace_back(line->number, line->is_too_long ? "(too long)" : line->text);
  };
  for (std::size_t at = 0; at < text.size(); at += piece) {
    splitter.feed(text.substr(at, piece));
    drain();
  }
  splitter.end();
  drain();
  return out;
}

TEST(LineSplitter, GivesTheSameLinesHoweverTheyArrive) {
  const std::string text = "http://a.example/\r\n\n  # a remark\n\thttp://b.example/ \n" +
                           std::string(20'000, 'x') + "\nhttp://c.example/\n" +
                           std::string(9'000, 'y') + "\n  \nhttp://d.example/";
  const Lines want{{1, "http://a.example/"}, {4, "http://b.example/"}, {5, "(too long)"},
                   {6, "http://c.example/"}, {7, "(too long)"},        {9, "http://d.example/"}};
  for (const std::size_t piece : {1UL, 2UL, 7UL, 4'096UL, 100'000UL}) {
    SCOPED_TRACE(piece);
    EXPECT_EQ(lines_of(text, piece), want);
  }
}

TEST(LineSplitter, CountsTheLinesItLeavesOut) {
  LineSplitter splitter;
  splitter.feed("\n# x\nhttp://a.example/\n\n");
  EXPECT_TRUE(splitter.next());
  EXPECT_FALSE(splitter.next());
  EXPECT_EQ(splitter.passed(), 4U);
}

TEST(LineSplitter, EndsWithALineThatIsTooLongAndHasNoEnd) {
  const Lines want{{1, "(too long)"}};
  EXPECT_EQ(lines_of(std::string(50'000, 'z'), 1'000), want);
}

}  // namespace
}  // namespace webmon::cli
