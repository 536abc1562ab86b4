#include "cli/manual_text.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

CommandDoc small() {
  CommandDoc root{
      .path = "tool", .summary = "Does things", .footer = {}, .options = {}, .commands = {}};
  CommandDoc child{
      .path = "tool do", .summary = "Do one", .footer = {}, .options = {}, .commands = {}};
  child.footer =
      read_footer(".dots and \\ and 'quotes'\nExit codes: 0 done.\nExample: tool do -n 3 | less");
  OptionDoc option;
  option.names = {"--number", "-n"};
  option.value = "1 to 9";
  option.help = "How many | which";
  child.options.push_back(option);
  root.commands.push_back(child);
  return root;
}

TEST(ManualPage, EscapesWhatTroffWouldTakeForItsOwn) {
  const auto root = small();
  const auto page = manual_page(root, root.commands.front());
  EXPECT_EQ(page.find(".TH TOOL\\-DO 1"), 0U) << page;
  EXPECT_NE(page.find("\n\\&.dots and \\e and 'quotes'\n"), std::string::npos) << page;
  EXPECT_NE(page.find("\\fB\\-\\-number\\fR, \\fB\\-n\\fR \\fI1 to 9\\fR"), std::string::npos)
      << page;
  EXPECT_NE(page.find(".SH EXIT STATUS"), std::string::npos);
}

TEST(ManualPage, IsAsciiWhateverTheTextsAre) {
  auto root = small();
  root.commands.front().summary = "30s, 5m …, größer 😀";
  const auto page = manual_page(root, root.commands.front());
  EXPECT_NE(page.find("5m \\[u2026], gr\\[u00F6]\\[u00DF]er \\[u1F600]"), std::string::npos)
      << page;
}

TEST(ManualPage, OfTheProgramNamesThoseOfItsCommands) {
  const auto root = small();
  EXPECT_NE(manual_page(root, root).find(".BR tool\\-do (1)\nDo one\n"), std::string::npos);
}

TEST(MarkdownReference, KeepsBarsInsideTheirCell) {
  const auto text = markdown_reference(small());
  EXPECT_NE(text.find("| `--number`, `-n` 1 to 9 | How many \\| which |"), std::string::npos)
      << text;
  EXPECT_NE(text.find("```sh\ntool do -n 3 | less\n```"), std::string::npos) << text;
}

}  // namespace
}  // namespace webmon::cli
