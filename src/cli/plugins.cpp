#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/print_json.hpp"
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

int print_those_of(ApiClient api, bool is_json) {
  Table table{
      {{"NO", Table::Align::right}, {"NAME"}, {"VERSION", Table::Align::right}, {"SUMMARY"}}};
  const auto listed = api.for_each("/api/v1/plugins", [&](const json::value& plugin) {
    if (is_json)
      print_json(plugin);
    else
      table.add({text_at(plugin, "/number"), text_at(plugin, "/name"), text_at(plugin, "/version"),
                 text_at(plugin, "/summary")});
  });
  if (!listed) return failed(listed.error());
  if (!is_json) print(table.render(terminal_look()));
  return kOk;
}

}  // namespace

void add_plugins(CLI::App& root, int& status) {
  struct Options {
    std::string name;
    ClientOptions client;
    bool asks_api = false;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      root.add_subcommand("plugins", "List the plugins of this build, or the metrics of one");
  command->add_option("NAME", options->name, "List this plugin's metrics");
  add_client_options(*command, options->client);
  command->add_flag("--api", options->asks_api, "Those of the running server, not of this program")
      ->excludes("NAME");
  command->footer(
      "With --json: one plugin a line, with its metrics.\n"
      "API: GET /api/v1/plugins\n"
      "Example: webmon plugins html-stats");
  command->callback([options, &status] {
    if (options->asks_api) {
      status = print_those_of(client_for(options->client), options->client.is_json);
    } else if (options->client.is_json) {
      for (const auto* plugin : all_plugins()) print_json(to_json(*plugin));
    } else if (options->name.empty()) {
      print_table();
    } else {
      status = print_metrics(options->name);
    }
  });
}

}  // namespace webmon::cli
