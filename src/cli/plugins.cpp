#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"
#include "lib/core/plugin.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

json::object to_json(const MetricSpec& metric) {
  return {{"name", metric.name},
          {"number", metric.number},
          {"unit", metric.unit},
          {"statistical", metric.is_statistical},
          {"floor_absolute", metric.floor_absolute},
          {"floor_relative", metric.floor_relative},
          {"help", metric.help}};
}

json::object to_json(const Plugin& plugin) {
  json::array metrics;
  for (const auto& metric : plugin.metrics) metrics.push_back(to_json(metric));
  return {{"name", plugin.name},       {"number", plugin.number},
          {"version", plugin.version}, {"stage", plugin.stage == Stage::first ? 1 : 2},
          {"summary", plugin.summary}, {"metrics", std::move(metrics)}};
}

void print_table() {
  Table table{{{"NO", Table::Align::right},
               {"NAME"},
               {"VERSION", Table::Align::right},
               {"METRICS", Table::Align::right},
               {"SUMMARY"}}};
  for (const auto* plugin : all_plugins())
    table.add({std::to_string(plugin->number), std::string{plugin->name},
               std::to_string(plugin->version), std::to_string(plugin->metrics.size()),
               std::string{plugin->summary}});
  print(table.render(terminal_width()));
}

int print_metrics(const std::string& name) {
  const auto* plugin = find_plugin(name);
  if (plugin == nullptr)
    return failed(
        {Errc::not_found, "there is no plugin \"" + name + "\"; `webmon plugins` lists them"});
  Table table{
      {{"NO", Table::Align::right}, {"METRIC"}, {"UNIT"}, {"STATISTICAL"}, {"FLOOR"}, {"MEANING"}}};
  for (const auto& metric : plugin->metrics)
    table.add({std::to_string(metric.number), std::string{metric.name}, std::string{metric.unit},
               metric.is_statistical ? "yes" : "no",
               metric.is_statistical ? human_number(metric.floor_absolute) + " + " +
                                           human_number(metric.floor_relative * 100) + " %"
                                     : "",
               std::string{metric.help}});
  print(table.render(terminal_width()));
  return kOk;
}

void print_json() {
  json::array items;
  for (const auto* plugin : all_plugins()) items.push_back(to_json(*plugin));
  print(json::serialize(json::object{{"items", std::move(items)}, {"next", nullptr}}) + "\n");
}

}  // namespace

void add_plugins(CLI::App& root, int& status) {
  struct Options {
    std::string name;
    bool is_json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      root.add_subcommand("plugins", "List the plugins of this build, or the metrics of one");
  command->add_option("NAME", options->name, "List this plugin's metrics");
  command->add_flag("--json", options->is_json, "Print JSON, for programs");
  command->callback([options, &status] {
    if (options->is_json) {
      print_json();
    } else if (options->name.empty()) {
      print_table();
    } else {
      status = print_metrics(options->name);
    }
  });
}

}  // namespace webmon::cli
