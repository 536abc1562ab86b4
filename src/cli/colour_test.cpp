#include "cli/colour.hpp"

#include <gtest/gtest.h>

#include "cli/table.hpp"

namespace webmon::cli {
namespace {

TEST(Colour, IsForTerminalsUnlessTheUserSaysOtherwise) {
  struct Case {
    ColourMode mode;
    bool is_terminal, no_color, want;
  };
  using enum ColourMode;
  for (const auto& c : {Case{automatic, true, false, true}, Case{automatic, false, false, false},
                        Case{automatic, true, true, false}, Case{always, false, true, true},
                        Case{never, true, false, false}}) {
    SCOPED_TRACE(testing::Message() << static_cast<int>(c.mode) << c.is_terminal << c.no_color);
    EXPECT_EQ(wants_colour(c.mode, c.is_terminal, c.no_color), c.want);
  }
}

TEST(Colour, PaintsStatesAndLeavesOtherWordsAlone) {
  EXPECT_EQ(painted("up", "up"), "\x1b[32mup\x1b[0m");
  EXPECT_EQ(painted("[crit]", "crit"), "\x1b[1;31m[crit]\x1b[0m");
  EXPECT_EQ(painted("teapot", "teapot"), "teapot");
}

TEST(Colour, OfATableIsOnlyInItsColouredColumnsAndMovesNothing) {
  Table table{{{"STATE", Table::Align::left, true}, {"URL"}}};
  table.add({"up", "down"});
  table.add({"inconclusive", "x"});
  EXPECT_EQ(table.render({0, true}),
            "STATE         URL\n"
            "\x1b[32mup\x1b[0m            down\n"
            "\x1b[36minconclusive\x1b[0m  x\n");
  EXPECT_EQ(table.render(0),
            "STATE         URL\n"
            "up            down\n"
            "inconclusive  x\n");
}

TEST(Colour, CannotBeSmuggledInByACell) {
  Table table{{{"STATE", Table::Align::left, true}}};
  table.add({"\x1b[31mup"});
  EXPECT_EQ(table.render({0, true}), "STATE\n\\x1b[31mup\n");
}

}  // namespace
}  // namespace webmon::cli
