#include "cli/config_flags.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

namespace webmon::cli {
namespace {

std::string type_name(const ValueRule& rule) {
  switch (rule.type) {
    case KeyType::count:
    case KeyType::number:
      return "NUMBER";
    case KeyType::duration:
    case KeyType::interval:
      return "DURATION";
    case KeyType::tag_intervals:
      return "TAG=DURATION";
    case KeyType::text:
    case KeyType::texts:
      return "TEXT";
  }
  return {};
}

bool is_list(const Key& key) {
  return key.rule.type == KeyType::texts || key.rule.type == KeyType::tag_intervals;
}

// "Jobs at once per thread; 1 to 1024 (default: 64)".
std::string help_of(const Key& key) {
  auto text = std::string{key.meaning};
  if (const auto range = allowed(key.rule); !range.empty()) text += "; " + range;
  if (is_list(key)) return text + "; may be repeated";
  auto value = key.default_text();
  if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
  return value.empty() ? text : text + " (default: " + value + ")";
}

// `config show` takes the flags of all servers, but not those that mean another key to each.
bool is_ambiguous(const Key& key, Command which) {
  return std::ranges::any_of(config_keys(), [&](const Key& other) {
    return &other != &key && other.flag == key.flag && (other.flag_of & which) != 0;
  });
}

}  // namespace

void add_config_flags(CLI::App& command, Command which, ConfigFlags& flags) {
  command
      .add_option("--config", flags.file,
                  "Configuration file, TOML (default: $WEBMON_CONFIG, else "
                  "/etc/webmon/webmon.toml if there is one)")
      ->take_last();
  for (const auto& key : config_keys()) {
    if ((key.flag_of & which) == 0 || is_ambiguous(key, which)) continue;
    const CLI::callback_t take = [&flags, &key](const CLI::results_t& texts) {
      for (const auto& text : texts) flags.values.push_back({&key, text});
      return true;
    };
    auto* option = command.add_option(std::string{key.flag}, take, help_of(key));
    option->type_name(type_name(key.rule));
    if (is_list(key)) option->take_all()->allow_extra_args(false);
  }
}

std::vector<std::string> arguments_for(Command which, const ConfigFlags& flags) {
  std::vector<std::string> arguments;
  for (const auto& [key, text] : flags.values) {
    if ((key->flag_of & which) == 0) continue;
    arguments.emplace_back(key->flag);
    arguments.push_back(text);
  }
  return arguments;
}

}  // namespace webmon::cli
