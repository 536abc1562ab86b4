#include "lib/core/plugin_page.hpp"

#include <fmt/format.h>

namespace webmon {
namespace {

namespace json = boost::json;

int stage_number(const Plugin& plugin) { return plugin.stage == Stage::first ? 0 : 1; }

json::object to_json(const MetricSpec& metric) {
  json::object body{{"name", metric.name},
                    {"number", metric.number},
                    {"unit", metric.unit},
                    {"statistical", metric.is_statistical},
                    {"floor_absolute", metric.floor_absolute},
                    {"floor_relative", metric.floor_relative},
                    {"excess", nullptr},
                    {"help", metric.help}};
  if (metric.is_statistical) body["excess"] = to_string(metric.excess);
  return body;
}

json::object to_json(const FactSpec& fact) {
  return {{"name", fact.name},
          {"type", to_string(fact.type)},
          {"unit", fact.unit},
          {"help", fact.help}};
}

json::object to_json(const ReasonSpec& reason) {
  return {{"state", to_string(reason.state)}, {"reason", reason.reason}, {"help", reason.help}};
}

json::object to_json(const OptionSpec& option) {
  return {{"name", option.name},
          {"type", to_string(option.type)},
          {"default", option.preset},
          {"help", option.help}};
}

template <class Spec>
json::array list(std::span<const Spec> specs) {
  json::array items;
  for (const Spec& spec : specs) items.push_back(to_json(spec));
  return items;
}

std::string reasons_table(const Plugin& plugin) {
  std::string text = "\n## States\n\n| state | reason | when |\n|---|---|---|\n";
  for (const ReasonSpec& one : plugin.reasons) {
    text += fmt::format(
        "| {} | `{}` | {} |\n",
        one.state == ReportState::ok ? "ok, finding of severity info" : to_string(one.state),
        one.reason, one.help);
  }
  return text;
}

std::string metric_row(const MetricSpec& spec) {
  if (!spec.is_statistical) {
    return fmt::format("| {} | `{}` | {} | | | | {} |\n", spec.number, spec.name, spec.unit,
                       spec.help);
  }
  return fmt::format("| {} | `{}` | {} | {:g} | {:g} % | {} | {} |\n", spec.number, spec.name,
                     spec.unit, spec.floor_absolute, 100 * spec.floor_relative,
                     to_string(spec.excess), spec.help);
}

std::string metrics_table(const Plugin& plugin) {
  std::string text =
      "\n## Metrics\n\nThose with floors are statistical: each value is compared with the page's "
      "own history\n([the detector](../plugins.md#the-detector)).\n\n"
      "| number | metric | unit | absolute floor | relative floor | when excessive | what |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const MetricSpec& spec : plugin.metrics) text += metric_row(spec);
  return text;
}

std::string facts_table(const Plugin& plugin) {
  std::string text = "\n## Facts\n\n| fact | type | what |\n|---|---|---|\n";
  for (const FactSpec& fact : plugin.facts) {
    text += fmt::format("| `{}` | {}{}{} | {} |\n", fact.name, to_string(fact.type),
                        fact.unit.empty() ? "" : ", ", fact.unit, fact.help);
  }
  return text;
}

std::string options_table(const Plugin& plugin) {
  std::string text = fmt::format(
      "\n## Options\n\nOf an asset: `{{\"plugins\":{{\"{}\":{{…}}}}}}`.\n\n"
      "| option | type | default | what |\n|---|---|---|---|\n"
      "| `enabled` | boolean | true | false: not run for this asset |\n",
      plugin.name);
  for (const OptionSpec& option : plugin.options) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", option.name, to_string(option.type),
                        option.preset, option.help);
  }
  return text;
}

}  // namespace

std::string_view to_string(Excess excess) noexcept {
  switch (excess) {
    case Excess::change:
      return "change";
    case Excess::injection:
      return "injection";
    case Excess::slow:
      return "slow";
    case Excess::slow_part:
      break;
  }
  return "slow, info";
}

json::object to_json(const Plugin& plugin) {
  return {{"name", plugin.name},
          {"number", plugin.number},
          {"version", plugin.version},
          {"stage", stage_number(plugin)},
          {"summary", plugin.summary},
          {"metrics", list(plugin.metrics)},
          {"facts", list(plugin.facts)},
          {"reasons", list(plugin.reasons)},
          {"options", list(plugin.options)}};
}

std::string markdown_page(const Plugin& plugin) {
  std::string text = fmt::format(
      "# {0}\n\n{1}\n\nPlugin number {2}, version {3}, stage {4}. Written by `webmon plugins {0} "
      "--markdown` from the\nplugin's source; not to be edited.\n",
      plugin.name, plugin.summary, plugin.number, plugin.version, stage_number(plugin));
  if (plugin.sees_ignored)
    text += "\nSees also what [ignore rules](../ignore.md) take out of the page.\n";
  if (!plugin.reasons.empty()) text += reasons_table(plugin);
  if (!plugin.metrics.empty()) text += metrics_table(plugin);
  if (!plugin.facts.empty()) text += facts_table(plugin);
  return text + options_table(plugin);
}

}  // namespace webmon
