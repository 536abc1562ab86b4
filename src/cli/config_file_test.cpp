// The parser against files: one bad file per rule, the annotated example, and mutations of it.
#include "cli/config_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "cli/config.hpp"
#include "lib/core/rng.hpp"

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = WEBMON_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string error_of(const std::string& name, std::string text) {
  ConfigSources sources;
  sources.file_name = name;
  sources.file_text = std::move(text);
  const auto config = make_config(sources);
  return config ? "" : config.error().detail + "\n";
}

TEST(ConfigFile, EachBadFileHasItsMessage) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator{kSource / "src/cli/testdata/bad"}) {
    if (entry.path().extension() != ".toml") continue;
    SCOPED_TRACE(entry.path().filename());
    auto beside = entry.path();
    beside.replace_extension(".txt");
    const auto error = error_of(entry.path().filename(), text_of(entry.path()));
    EXPECT_NE(error, "") << "it is accepted";
    if (std::getenv("WEBMON_UPDATE_GOLDEN") != nullptr) std::ofstream{beside} << error;
    EXPECT_EQ(error, text_of(beside));
    ++count;
  }
  EXPECT_GE(count, 30U);
}

TEST(ConfigFile, RefusesWhatIsTooLong) {
  const auto error = error_of("long.toml", "#" + std::string(kMaxConfigBytes, 'x'));
  EXPECT_EQ(error, "long.toml:1: is over 1048576 bytes\n");
}

const fs::path kExample = kSource / "packaging/webmon.toml";

// Lines of the example that are switched off: "#slots = 64".
std::string switched_on(const std::string& text) {
  return std::regex_replace(text, std::regex{"(^|\n)#(?=[a-z_]+ = )"}, "$1");
}

TEST(ConfigExample, IsTheDefaultsAsItIsAndWithAllItsLinesSwitchedOn) {
  const auto text = text_of(kExample);
  EXPECT_EQ(error_of("webmon.toml", text), "");
  const auto content = read_config_text(switched_on(text));
  for (const auto& problem : content.problems) ADD_FAILURE() << problem.line << problem.text;
  std::set<std::string> seen;
  for (const auto& [key, value, line] : content.values) {
    seen.insert(key->path());
    EXPECT_EQ(to_toml(key->rule, value), key->default_text()) << key->path() << " line " << line;
  }
  for (const auto& key : config_keys())
    EXPECT_TRUE(seen.contains(key.path())) << key.path() << " is not in the example";
}

// Bytes, tokens and lines are exchanged, dropped and doubled.
std::string mutated(std::string text, Rng& rng) {
  static const std::vector<std::string> kTokens{"\"",
                                                "[",
                                                "]",
                                                "=",
                                                "{",
                                                "}",
                                                "\n",
                                                "'''",
                                                "-1",
                                                "1e400",
                                                "9223372036854775808",
                                                "true",
                                                "2020-01-01",
                                                "\xff",
                                                std::string(1, '\0'),
                                                "\\u0000",
                                                "[[a]]",
                                                "a.b.c = 1",
                                                "never",
                                                "0",
                                                "\"5m\""};
  const auto at = [&] { return static_cast<std::size_t>(rng.next() % (text.size() + 1)); };
  for (auto changes = rng.next() % 4 + 1; changes > 0; --changes) {
    switch (rng.next() % 4) {
      case 0:
        text.insert(at(), kTokens[rng.next() % kTokens.size()]);
        break;
      case 1:
        text.erase(at(), rng.next() % 20);
        break;
      case 2:
        if (!text.empty()) text[rng.next() % text.size()] = static_cast<char>(rng.next() % 256);
        break;
      default:
        text.insert(at(), text.substr(at(), rng.next() % 40));
    }
  }
  return text;
}

TEST(ConfigFile, NoMutationOfTheExampleCrashesAndEachErrorHasItsLine) {
  const auto example = switched_on(text_of(kExample));
  const std::regex line_of{"x\\.toml:[1-9][0-9]*: [^\n]+\n"};
  SeededRng rng{20'261'125};
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    const auto text = mutated(example, rng);
    const auto error = error_of("x.toml", text);
    refused += error.empty() ? 0 : 1;
    std::istringstream lines{error};
    for (std::string line; std::getline(lines, line);)
      EXPECT_TRUE(std::regex_match(line + "\n", line_of)) << line << "\n of:\n" << text;
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace webmon::cli
