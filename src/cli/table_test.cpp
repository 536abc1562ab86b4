#include "cli/table.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/text.hpp"

namespace webmon::cli {
namespace {

using enum Table::Align;

TEST(Table, AlignsColumnsByWhatATerminalShows) {
  Table table{{{"NAME"}, {"MS", right}, {"NOTE"}}};
  table.add({"日本", "5", "x"});
  table.add({"Grüße", "1234", ""});
  EXPECT_EQ(table.render(0),
            "NAME     MS  NOTE\n"
            "日本      5  x\n"
            "Grüße  1234\n");
}

TEST(Table, MakesHostileCellsPrintable) {
  Table table{{{"TITLE"}}};
  table.add({"\x1b]0;owned\x07\nnext line"});
  EXPECT_EQ(table.render(0), "TITLE\n\\x1b]0;owned\\x07\\nnext line\n");
}

TEST(Table, WrapsTheLastColumnToTheWidthAsked) {
  Table table{{{"URL"}, {"FINDINGS"}}};
  table.add({"http://a/", "one two three four five six seven eight nine ten"});
  EXPECT_EQ(table.render(36),
            "URL        FINDINGS\n"
            "http://a/  one two three four five\n"
            "           six seven eight nine ten\n");
}

TEST(Table, KeepsEveryLineWithinTheWidthEvenIfCellsAreLong) {
  Table table{{{"URL"}, {"STATE"}, {"FINDINGS"}}};
  table.add({"http://127.0.0.1/" + std::string(200, 'x'), "up", std::string(300, 'y')});
  std::istringstream lines{table.render(80)};
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80U) << line;
}

TEST(Table, FillsMissingCellsAndDropsSuperfluousOnes) {
  Table table{{{"A"}, {"B"}}};
  table.add({"1"});
  table.add({"1", "2", "3"});
  EXPECT_EQ(table.render(0), "A  B\n1\n1  2\n");
}

}  // namespace
}  // namespace webmon::cli
