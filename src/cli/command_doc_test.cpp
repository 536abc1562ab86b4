#include "cli/command_doc.hpp"

#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/manual_text.hpp"

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = WEBMON_SOURCE_DIR;

struct Tree {
  int status = 0;
  std::unique_ptr<CLI::App> app = command_tree(status);
  CommandDoc doc = describe(*app);
};

std::string read(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// Words up to a pipe, a redirection or a remark; single and double quotes as a shell has them.
std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool has_word = false;
  char quote = 0;
  for (const char c : line + " ") {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      has_word = true;
    } else if (std::string_view{" |>&)#"}.find(c) != std::string_view::npos) {
      if (has_word) words.push_back(std::exchange(word, {}));
      has_word = false;
      if (c != ' ') break;
    } else {
      word += c;
      has_word = true;
    }
  }
  return words;
}

// What a command does; it also owns the variables that its options write to, so it is kept.
struct Action : CLI::App {
  static std::function<void()> take(CLI::App& command) {
    return std::exchange(command.*(&Action::final_callback_), {});
  }
};

void take_actions(CLI::App& command, std::vector<std::function<void()>>& actions) {
  actions.push_back(Action::take(command));
  for (auto* child : command.get_subcommands([](CLI::App*) { return true; }))
    take_actions(*child, actions);
}

TEST(Footer, IsReadInItsParts) {
  const auto footer = read_footer(
      "A note.\nMore of it.\nExit codes: 0 good,\n1 not so.\nAPI: GET /a, POST /b\n"
      "Example: webmon x\n\nAnother note.\nExamples:\n  webmon y\n  webmon z");
  EXPECT_EQ(footer.notes, (std::vector<std::string>{"A note.", "More of it.", "Another note."}));
  EXPECT_EQ(footer.exit_codes, "0 good, 1 not so.");
  EXPECT_EQ(footer.calls, (std::vector<std::string>{"GET /a", "POST /b"}));
  EXPECT_EQ(footer.examples, (std::vector<std::string>{"webmon x", "webmon y", "webmon z"}));
}

TEST(CommandDoc, KnowsValuesChoicesAndRangesOfOptions) {
  CLI::App app{"what", "tool"};
  std::string text;
  int number = 0;
  bool flag = false;
  app.add_option("--when", text, "When")->check(CLI::IsMember({"now", "later"}));
  app.add_option("-n,--number", number, "How many")->check(CLI::Range(1, 9))->capture_default_str();
  app.add_option("FILES", text, "Which")->required();
  app.add_option("--log-file", text, "Where to");
  app.add_flag("--quiet", flag, "Say less");
  const auto doc = describe(app);
  const auto option = [&](const std::string& name) {
    const auto found = std::ranges::find_if(
        doc.options, [&](const auto& o) { return std::ranges::count(o.names, name) > 0; });
    return found == doc.options.end() ? OptionDoc{} : *found;
  };
  EXPECT_EQ(doc.options.front().names, (std::vector<std::string>{"FILES"}));
  EXPECT_TRUE(doc.options.front().is_required);
  EXPECT_EQ(option("--when").choices, (std::vector<std::string>{"now", "later"}));
  EXPECT_EQ(option("--number").names, (std::vector<std::string>{"--number", "-n"}));
  EXPECT_EQ(option("--number").value, "1 to 9");
  EXPECT_EQ(option("--number").default_value, "0");
  EXPECT_EQ(option("--quiet").value, "");
  EXPECT_EQ(option("--log-file").offers, OptionDoc::Offers::files);
  EXPECT_EQ(synopsis(doc), "tool [OPTIONS] FILES");
}

TEST(CommandDoc, SaysOfEveryCommandWhatItDoesWithAnExampleAndOfEveryOptionWhatItMeans) {
  const Tree tree;
  for (const auto* command : flatten(tree.doc)) {
    SCOPED_TRACE(command->path);
    EXPECT_NE(command->summary, "");
    EXPECT_TRUE(!command->commands.empty() || !command->footer.examples.empty()) << "no example";
    for (const auto& option : command->options) EXPECT_NE(option.help, "") << option.names.front();
  }
}

TEST(CommandDoc, HasOnlyExamplesThatTheCommandLineUnderstands) {
  const Tree described;
  for (const auto* command : flatten(described.doc)) {
    for (const auto& example : command->footer.examples) {
      const auto at = example.find("webmon ");
      if (at == std::string::npos) continue;
      SCOPED_TRACE(example);
      auto words = shell_words(example.substr(at));
      std::ranges::reverse(words);  // as CLI11 wants them, without the program
      words.pop_back();
      Tree fresh;
      std::vector<std::function<void()>> actions;
      take_actions(*fresh.app, actions);
      EXPECT_NO_THROW(fresh.app->parse(words));
    }
  }
}

TEST(CommandDoc, HasAFormForEveryCallOfTheApi) {
  std::set<std::string> documented;
  std::istringstream lines{read(kRoot / "docs/api.md")};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells{line};
    std::string bar, method, second, path;
    if (!(cells >> bar >> method >> second >> path) || bar != "|" || second != "|") continue;
    if (path.starts_with("`/api/v1/"))
      documented.insert(method + " " + path.substr(1, path.size() - 2));
  }
  ASSERT_GT(documented.size(), 20U);
  std::set<std::string> spoken;
  const Tree tree;
  for (const auto* command : flatten(tree.doc))
    spoken.insert(command->footer.calls.begin(), command->footer.calls.end());
  for (const auto& call : documented)
    EXPECT_TRUE(spoken.contains(call))
        << call << " of docs/api.md has no command: one that makes it says \"API: " << call
        << "\" in its footer";
  for (const auto& call : spoken)
    EXPECT_TRUE(documented.contains(call)) << call << " is not in the table of docs/api.md";
}

TEST(CommandDoc, IsWhatDocsCliMdSays) {
  const Tree tree;
  const auto want = markdown_reference(tree.doc);
  if (read(kRoot / "docs/cli.md") == want) return;
  FAIL() << "docs/cli.md is stale: webmon man --markdown > docs/cli.md";
}

}  // namespace
}  // namespace webmon::cli
