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

#include "lib/core/plugin_page.hpp"
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

template <class Spec>
void expect_complete(std::span<const Spec> specs) {
  std::set<std::string_view> names;
  for (const Spec& spec : specs) {
    EXPECT_FALSE(spec.help.empty()) << spec.name;
    EXPECT_TRUE(names.insert(spec.name).second) << "twice: " << spec.name;
    EXPECT_EQ(spec.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos)
        << spec.name;
  }
}

TEST(Registry, DescriptorsAreComplete) {
  for (const Plugin* plugin : all_plugins()) {
    SCOPED_TRACE(plugin->name);
    EXPECT_GE(plugin->number, 1);
    EXPECT_GE(plugin->version, 1);
    EXPECT_FALSE(plugin->summary.empty());
    EXPECT_NE(plugin->run, nullptr);
    EXPECT_FALSE(plugin->reasons.empty()) << "says under which conditions it is not ok";
    expect_complete(plugin->facts);
    expect_complete(plugin->options);
    for (const ReasonSpec& one : plugin->reasons) {
      EXPECT_FALSE(one.reason.empty());
      EXPECT_FALSE(one.help.empty()) << one.reason;
    }
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
// One that is not listed yet is new and free to change until it is: the list is written at each
// release.
TEST(Registry, ListedNumbersKeepTheirMeaning) {
  std::map<std::string, std::string> listed;
  for (const std::string& line : lines_of(kSource / "src/plugins/testdata/metric_numbers.txt")) {
    if (line.empty() || line.starts_with("#")) continue;
    EXPECT_TRUE(listed.emplace(line.substr(0, line.find(' ')), line).second) << "twice: " << line;
  }
  std::set<std::string> real;
  for (const Plugin* plugin : all_plugins()) {
    for (const MetricSpec& spec : plugin->metrics) {
      const auto line = fmt::format("{} {} {}", spec.number, plugin->name, spec.name);
      const auto known = listed.find(std::to_string(spec.number));
      if (known != listed.end()) {
        EXPECT_EQ(line, known->second) << "a number means one thing for ever";
      }
      real.insert(line);
    }
  }
  for (const auto& [number, line] : listed)
    EXPECT_TRUE(line.ends_with(" retired") || real.contains(line)) << "gone: " << line;
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

// A page that is there is the one of the code. One that is not there yet is no fault: any build
// prints it, and tools/plugin-docs writes all.
TEST(Registry, PagesOfTheManualSayWhatTheCodeSays) {
  const auto folder = kSource / "docs/plugins";
  std::size_t pages = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Plugin* plugin = find_plugin(entry.path().stem().string());
    ASSERT_NE(plugin, nullptr) << "of no plugin: " << entry.path();
    std::ostringstream text;
    text << std::ifstream{entry.path()}.rdbuf();
    EXPECT_EQ(text.str(), markdown_page(*plugin)) << "tools/plugin-docs writes it";
    ++pages;
  }
  EXPECT_GE(pages, 4U);
}

}  // namespace
}  // namespace webmon
