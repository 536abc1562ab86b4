#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/config_process.hpp"
#include "cli/config_show.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

struct Options {
  ConfigFlags flags;
  bool is_json = false;
  bool has_origins = false;
};

Result<Config> effective(const ConfigFlags& flags) {
  const auto sources = read_sources(flags);
  if (!sources) return fail(sources.error());
  for (const auto& text : unknown_variables(sources->environment)) remark(text);
  return make_config(*sources);
}

int check(const Options& options) {
  const auto config = effective(options.flags);
  if (!config) return failed(config.error());
  const auto file = config_file(options.flags.file);
  print(file.empty() ? fmt::format("no configuration file ({} does not exist): defaults and "
                                   "environment are all right\n",
                                   kConfigFile)
                     : fmt::format("{}: all right\n", file));
  return kOk;
}

int show(const Options& options) {
  const auto config = effective(options.flags);
  if (!config) return failed(config.error());
  print(options.is_json ? config_json(*config, options.has_origins)
                        : config_toml(*config, options.has_origins));
  return kOk;
}

void add_check_command(CLI::App& config, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = config.add_subcommand("check", "Say everything that is wrong with it");
  command->add_option("FILE", options->flags.file,
                      "Default: $WEBMON_CONFIG, else /etc/webmon/webmon.toml if there is one");
  command->footer(
      "The environment is checked, too. Exit codes: 0 all right, 2 not.\n"
      "\n"
      "Example:\n"
      "  webmon config check new.toml && mv new.toml /etc/webmon/webmon.toml && pkill -HUP webmon");
  command->callback([options, &status] { status = check(*options); });
}

void add_show_command(CLI::App& config, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = config.add_subcommand("show", "Print the effective configuration as TOML");
  add_config_flags(*command, kServers, options->flags);
  command->add_flag("--json", options->is_json, "As JSON: {\"section.key\": value}");
  command->add_flag("--origin", options->has_origins,
                    "With where each value is from: default, FILE:LINE, a variable or a flag");
  command->footer(
      "It takes the flags of all servers, to see what they would do.\n"
      "\n"
      "Examples:\n"
      "  webmon config show --origin --slots 16\n"
      "  WEBMON_EXECUTOR_SLOTS=16 webmon config show --json | jq '.[\"executor.slots\"]'");
  command->callback([options, &status] { status = show(*options); });
}

}  // namespace

void add_config(CLI::App& root, int& status) {
  auto* command = root.add_subcommand("config", "Check and show the configuration");
  command->require_subcommand(1);
  command->footer(
      "Order: default < file < WEBMON_SECTION_KEY < flag. SIGHUP has servers read it again.");
  add_check_command(*command, status);
  add_show_command(*command, status);
}

}  // namespace webmon::cli
