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
#include "lib/core/plugin_page.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

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

void print_section(std::string_view title, const Table& table) {
  if (table.empty()) return;
  print("\n" + std::string{title} + "\n" + table.render(terminal_width()));
}

Table reasons_of(const Plugin& plugin) {
  Table table{{{"STATE"}, {"REASON"}, {"WHEN"}}};
  for (const auto& one : plugin.reasons)
    table.add({one.state == ReportState::ok ? "info" : std::string{to_string(one.state)},
               std::string{one.reason}, std::string{one.help}});
  return table;
}

Table metrics_of(const Plugin& plugin) {
  Table table{{{"NO", Table::Align::right},
               {"METRIC"},
               {"UNIT"},
               {"FLOORS"},
               {"WHEN EXCESSIVE"},
               {"MEANING"}}};
  for (const auto& metric : plugin.metrics)
    table.add({std::to_string(metric.number), std::string{metric.name}, std::string{metric.unit},
               metric.is_statistical ? human_number(metric.floor_absolute) + ", " +
                                           human_number(metric.floor_relative * 100) + " %"
                                     : "",
               metric.is_statistical ? std::string{to_string(metric.excess)} : "",
               std::string{metric.help}});
  return table;
}

Table facts_of(const Plugin& plugin) {
  Table table{{{"FACT"}, {"TYPE"}, {"UNIT"}, {"MEANING"}}};
  for (const auto& fact : plugin.facts)
    table.add({std::string{fact.name}, std::string{to_string(fact.type)}, std::string{fact.unit},
               std::string{fact.help}});
  return table;
}

Table options_of(const Plugin& plugin) {
  Table table{{{"OPTION"}, {"TYPE"}, {"DEFAULT"}, {"MEANING"}}};
  table.add({"enabled", "boolean", "true", "false: not run for this asset"});
  for (const auto& option : plugin.options)
    table.add({std::string{option.name}, std::string{to_string(option.type)},
               std::string{option.preset}, std::string{option.help}});
  return table;
}

void print_page(const Plugin& plugin) {
  print(std::string{plugin.summary} + "\n");
  print_section("States", reasons_of(plugin));
  print_section("Metrics", metrics_of(plugin));
  print_section("Facts", facts_of(plugin));
  print_section("Options of an asset, {\"plugins\":{\"" + std::string{plugin.name} + "\":{…}}}",
                options_of(plugin));
}

enum class Form : std::uint8_t { text, json, markdown };

int print_one(const std::string& name, Form form) {
  const auto* plugin = find_plugin(name);
  if (plugin == nullptr)
    return failed(
        {Errc::not_found, "there is no plugin \"" + name + "\"; `webmon plugins` lists them"});
  if (form == Form::json)
    print_json(to_json(*plugin));
  else if (form == Form::markdown)
    print(markdown_page(*plugin));
  else
    print_page(*plugin);
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
    bool asks_api = false, is_markdown = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "plugins", "List the plugins of this build, or all that one of them tells");
  auto* name = command->add_option("NAME", options->name,
                                   "This plugin's states, metrics, facts and options");
  add_client_options(*command, options->client);
  command->add_flag("--api", options->asks_api, "Those of the running server, not of this program")
      ->excludes(name);
  command->add_flag("--markdown", options->is_markdown, "Its page of the manual, in Markdown")
      ->needs(name);
  command->footer(
      "With --json: one plugin a line, with all that it tells.\n"
      "API: GET /api/v1/plugins\n"
      "Examples:\n"
      "  webmon plugins html-stats\n"
      "  webmon plugins html-stats --markdown > docs/plugins/html-stats.md");
  command->callback([options, &status] {
    if (options->asks_api) {
      status = print_those_of(client_for(options->client), options->client.is_json);
    } else if (!options->name.empty()) {
      status = print_one(options->name, options->is_markdown      ? Form::markdown
                                        : options->client.is_json ? Form::json
                                                                  : Form::text);
    } else if (options->client.is_json) {
      for (const auto* plugin : all_plugins()) print_json(to_json(*plugin));
    } else {
      print_table();
    }
  });
}

}  // namespace webmon::cli
