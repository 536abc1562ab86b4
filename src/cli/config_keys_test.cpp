#include "cli/config_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace webmon::cli {
namespace {

TEST(ConfigKeys, EachDefaultIsAllowed) {
  for (const auto& key : config_keys()) {
    SCOPED_TRACE(key.path());
    const auto value = key.read(Settings{});
    if (key.rule.check != nullptr && key.name == "ca_file") continue;  // of another package
    const auto checked = check_value(key.rule, value);
    EXPECT_TRUE(checked) << checked.error().detail;
  }
}

TEST(ConfigKeys, EachWritesTheFieldThatItReads) {
  for (const auto& key : config_keys()) {
    SCOPED_TRACE(key.path());
    Settings settings;
    Value other = key.read(settings);
    if (auto* number = std::get_if<std::int64_t>(&other)) *number += 1'000;
    if (auto* number = std::get_if<double>(&other)) *number += 1;
    if (auto* text = std::get_if<std::string>(&other))
      *text = key.rule.choices.empty() ? *text + "x" : key.rule.choices.back();
    if (auto* texts = std::get_if<std::vector<std::string>>(&other)) texts->emplace_back("x");
    if (auto* intervals = std::get_if<TagIntervals>(&other)) (*intervals)["x"] = 60'000;
    key.write(settings, other);
    EXPECT_EQ(key.read(settings), other);
    for (const auto& neighbour : config_keys()) {
      if (&neighbour == &key) continue;
      EXPECT_EQ(neighbour.read(settings), neighbour.read(Settings{})) << neighbour.path();
    }
  }
}

TEST(ConfigKeys, AreUniqueAndTheirSectionsStandTogether) {
  std::set<std::string> paths, variables, sections;
  std::set<std::pair<std::string_view, unsigned>> flags;
  for (const auto& key : config_keys()) {
    EXPECT_TRUE(paths.insert(key.path()).second) << key.path();
    EXPECT_TRUE(variables.insert(key.environment()).second) << key.environment();
    for (unsigned command = 1; command <= kCheck; command *= 2) {
      if ((key.flag_of & command) == 0) continue;
      EXPECT_TRUE(flags.insert({key.flag, command}).second) << key.flag;
    }
  }
  for (const auto& section : config_sections()) EXPECT_TRUE(sections.insert(section).second);
}

TEST(ConfigKeys, NoVariableIsOneThatClientsReadAsSomethingElse) {
  for (const auto& key : config_keys())
    for (const auto* other : {"WEBMON_SERVER", "WEBMON_CONFIG"})
      EXPECT_NE(key.environment(), other);
}

}  // namespace
}  // namespace webmon::cli
