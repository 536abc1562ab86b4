// docs/configuration.md, packaging/webmon.toml and the table of keys say the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/config_keys.hpp"

namespace webmon::cli {
namespace {

const std::string kDocument = WEBMON_SOURCE_DIR "/docs/configuration.md";
const std::string kExample = WEBMON_SOURCE_DIR "/packaging/webmon.toml";

std::string text_of(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_golden(const std::string& path, const std::string& want) {
  if (std::getenv("WEBMON_UPDATE_GOLDEN") != nullptr) std::ofstream{path} << want;
  EXPECT_EQ(text_of(path), want)
      << "WEBMON_UPDATE_GOLDEN=1 cli_test --gtest_filter='ConfigDocument*' writes it";
}

std::string allowed_in_words(const ValueRule& rule) {
  const auto range = allowed(rule);
  switch (rule.type) {
    case KeyType::count:
    case KeyType::number:
      return range;
    case KeyType::duration:
    case KeyType::interval:
      return "duration, " + range;
    case KeyType::text:
      return range.empty() ? "string" : range;
    case KeyType::texts:
      return "array of strings";
    case KeyType::tag_intervals:
      return "table of durations, " + range;
  }
  return {};
}

std::string row_of(const Key& key) {
  auto meaning = std::string{key.meaning};
  if (!key.flag.empty()) meaning += " (`" + std::string{key.flag} + "`)";
  return "| `" + std::string{key.name} + "` | `" + key.default_text() + "` | " +
         allowed_in_words(key.rule) + " | `" + key.environment() + "` | " +
         (key.is_live ? "at once" : "restart") + " | " + meaning + " |\n";
}

std::string table_of(const std::string& section) {
  std::string out =
      "| key | default | allowed | environment | SIGHUP | meaning (flag) |\n"
      "|---|---|---|---|---|---|\n";
  for (const auto& key : config_keys())
    if (key.section == section) out += row_of(key);
  return out;
}

// From "<!-- keys: api -->\n" to the next empty line is ours.
std::string with_tables(std::string text) {
  for (const auto& section : config_sections()) {
    const auto mark = "<!-- keys: " + (section.empty() ? "top level" : section) + " -->\n";
    const auto begin = text.find(mark);
    EXPECT_NE(begin, std::string::npos) << "docs/configuration.md has no " << mark;
    if (begin == std::string::npos) continue;
    const auto from = begin + mark.size();
    text.replace(from, text.find("\n\n", begin) + 1 - from, table_of(section));
  }
  return text;
}

TEST(ConfigDocument, HasEveryKeyWithItsTypeDefaultRangeVariableAndMeaning) {
  expect_golden(kDocument, with_tables(text_of(kDocument)));
}

std::string example() {
  std::string out =
      "# Every key of Webmon with its default, switched off. docs/configuration.md says more.\n"
      "# `webmon config check FILE` says what is wrong; servers read it again on SIGHUP.\n";
  for (const auto& section : config_sections()) {
    if (!section.empty()) out += "\n[" + section + "]\n";
    for (const auto& key : config_keys()) {
      if (key.section != section) continue;
      out += "\n# " + std::string{key.meaning} + ".\n# " + allowed_in_words(key.rule) +
             (key.is_live ? ".\n#" : "; needs a restart.\n#") + std::string{key.name} + " = " +
             key.default_text() + "\n";
    }
  }
  return out;
}

TEST(ConfigDocument, TheExampleHasEveryKeySwitchedOff) { expect_golden(kExample, example()); }

}  // namespace
}  // namespace webmon::cli
