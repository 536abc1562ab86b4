// Guards of the registry: nothing forgotten, nothing renumbered, nothing undocumented.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "lib/core/plugin.hpp"
#include "lib/stats/asset_state.hpp"
#include "lib/stats/model.hpp"

namespace webmon {
namespace {

const std::filesystem::path kSource = WEBMON_SOURCE_DIR;

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  EXPECT_TRUE(file) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string_view meaning(Excess excess) {
  switch (excess) {
    case Excess::change:
      return "change";
    case Excess::injection:
      return "injection";
    case Excess::slow:
      return "slow";
    case Excess::slow_part:
      return "slow, info";
  }
  return "";
}

/// The metric's row in docs/plugins.md.
std::string row(const MetricSpec& spec) {
  if (!spec.is_statistical) {
    return fmt::format("| {} | `{}` | {} | | | | {} |", spec.number, spec.name, spec.unit,
                       spec.help);
  }
  return fmt::format("| {} | `{}` | {} | {:g} | {:g} % | {} | {} |", spec.number, spec.name,
                     spec.unit, spec.floor_absolute, 100 * spec.floor_relative,
                     meaning(spec.excess), spec.help);
}

TEST(Registry, EveryPluginFileRegistersItselfAndHasATest) {
  std::set<std::string> in_folder;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "src/plugins")) {
    const std::string stem = entry.path().stem().string();
    if (entry.path().extension() != ".cpp" || stem.ends_with("_test")) continue;
    EXPECT_TRUE(std::filesystem::exists(entry.path().parent_path() / (stem + "_test.cpp"))) << stem;
    std::string name = stem;
    std::ranges::replace(name, '_', '-');
    in_folder.insert(name);
  }
  std::set<std::string> registered;
  for (const Plugin* plugin : all_plugins()) registered.insert(std::string{plugin->name});
  EXPECT_EQ(registered, in_folder);
}

TEST(Registry, DescriptorsAreComplete) {
  for (const Plugin* plugin : all_plugins()) {
    SCOPED_TRACE(plugin->name);
    EXPECT_GE(plugin->number, 1);
    EXPECT_GE(plugin->version, 1);
    EXPECT_FALSE(plugin->summary.empty());
    EXPECT_NE(plugin->run, nullptr);
    EXPECT_EQ(find_plugin(plugin->name), plugin);
    EXPECT_EQ(find_plugin(plugin->number), plugin);
    for (const MetricSpec& spec : plugin->metrics) {
      SCOPED_TRACE(spec.name);
      EXPECT_FALSE(spec.name.empty());
      EXPECT_FALSE(spec.unit.empty());
      EXPECT_FALSE(spec.help.empty());
      EXPECT_EQ(spec.number / 100, plugin->number);
      EXPECT_EQ(find_metric(spec.number), &spec) << "numbers are unique";
      EXPECT_GE(spec.floor_relative, 0);
      EXPECT_EQ(spec.is_statistical, spec.floor_absolute > 0) << "a floor for what is statistical";
    }
  }
  EXPECT_EQ(find_plugin("http-probe")->number, kHttpProbe);
}

// The numbers are in Redis for ever. A metric that is given up stays in the list, marked retired.
TEST(Registry, PermanentNumbersAreThoseOfTheList) {
  std::set<std::string> listed;
  std::set<std::string> numbers;
  for (const std::string& line : lines_of(kSource / "src/plugins/testdata/metric_numbers.txt")) {
    if (line.empty() || line.starts_with("#")) continue;
    EXPECT_TRUE(numbers.insert(line.substr(0, line.find(' '))).second) << "twice: " << line;
    if (!line.ends_with(" retired")) listed.insert(line);
  }
  std::set<std::string> real;
  for (const Plugin* plugin : all_plugins()) {
    for (const MetricSpec& spec : plugin->metrics) {
      real.insert(fmt::format("{} {} {}", spec.number, plugin->name, spec.name));
    }
  }
  EXPECT_EQ(real, listed);
}

TEST(Registry, StatisticalMetricsFitIntoOneModel) {
  std::size_t count = 0;
  for (const Plugin* plugin : all_plugins()) {
    count += static_cast<std::size_t>(
        std::ranges::count_if(plugin->metrics, &MetricSpec::is_statistical));
  }
  EXPECT_GT(count, 50U);
  EXPECT_LE(count, Model::kMaxMetrics);
}

TEST(Registry, DocumentedMetricsAreThoseOfTheCode) {
  std::set<std::string> documented;
  for (const std::string& line : lines_of(kSource / "docs/plugins.md")) {
    const bool is_row = line.starts_with("| ") && line.find_first_not_of("0123456789", 2) >= 5;
    if (is_row) documented.insert(line);
  }
  std::set<std::string> real;
  for (const Plugin* plugin : all_plugins()) {
    for (const MetricSpec& spec : plugin->metrics) real.insert(row(spec));
  }
  for (const std::string& line : real)
    EXPECT_TRUE(documented.contains(line)) << "missing: " << line;
  for (const std::string& line : documented) EXPECT_TRUE(real.contains(line)) << "not so: " << line;
}

TEST(Registry, EveryPluginIsDocumented) {
  std::string document;
  for (const std::string& line : lines_of(kSource / "docs/plugins.md")) document += line + "\n";
  for (const Plugin* plugin : all_plugins()) {
    const std::string line = fmt::format("| {} | `{}` | {} | {} |", plugin->number, plugin->name,
                                         plugin->version, plugin->summary);
    EXPECT_NE(document.find(line), std::string::npos) << "missing: " << line;
  }
}

}  // namespace
}  // namespace webmon
