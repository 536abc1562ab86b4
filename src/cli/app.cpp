#include "cli/app.hpp"

#include <sys/prctl.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <exception>
#include <memory>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "cli/usage_error.hpp"

namespace webmon::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 all right, 1 something asked about is not all right, 2 Webmon failed or was "
    "used wrongly,\n130 interrupted.\n"
    "\n"
    "Examples:\n"
    "  webmon check https://example.org          # fetch a page once, print every report\n"
    "  webmon up                                 # start everything on this machine\n"
    "  webmon asset add https://example.org --tag shop\n"
    "  webmon run start --tag shop --wait        # check all assets with that tag now\n"
    "  webmon stats https://example.org          # mean, deviation and z of every metric\n"
    "  webmon watch                              # the fleet, live\n"
    "  webmon doctor                             # what is wrong here, and what to do\n"
    "\n"
    "`webmon COMMAND --help` tells more.";

// The innermost command that was named: its help is the one that helps.
const CLI::App& named_command(const CLI::App& root) {
  const CLI::App* at = &root;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::string full_name(const CLI::App& command) {
  std::string name = command.get_name();
  for (const auto* at = command.get_parent(); at != nullptr; at = at->get_parent())
    name = at->get_name() + " " + name;
  return name;
}

int explain(const CLI::App& root, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return root.exit(error);  // --help, --version
  complain(usage_error(named_command(root), root.remaining(true), error));
  remark("Try `" + full_name(named_command(root)) + " --help`.");
  return kFailed;
}

void add_colour(CLI::App& root) {
  set_colour_mode(ColourMode::automatic);
  const auto set = [](const std::string& when) {
    set_colour_mode(when == "always"  ? ColourMode::always
                    : when == "never" ? ColourMode::never
                                      : ColourMode::automatic);
  };
  root.add_option_function<std::string>(
          "--color", set, "Colour: auto is on terminals, unless NO_COLOR is set (default: auto)")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->trigger_on_parse();
}

}  // namespace

std::unique_ptr<CLI::App> command_tree(int& status) {
  auto tree = std::make_unique<CLI::App>(
      "Webmon watches web pages and says when one changed beyond what is normal for it.", "webmon");
  auto& root = *tree;
  root.set_version_flag("--version", "webmon " WEBMON_VERSION);
  root.require_subcommand(1);
  root.footer(kFooter);
  root.get_formatter()->column_width(34);
  root.fallthrough();  // --color may also come after the command
  add_colour(root);
  for (auto* add :
       {add_up,      add_check,      add_asset,    add_group,   add_run,        add_job,
        add_stats,   add_baseline,   add_history,  add_fleet,   add_health,     add_watch,
        add_events,  add_doctor,     add_snapshot, add_control, add_plugins,    add_config,
        add_man,     add_completion, add_api,      add_replay,  add_dispatcher, add_executor,
        add_session, add_redis,      add_demo_site})
    add(root, status);
  return tree;
}

int run(int argc, const char* const* argv) {
  prctl(PR_SET_NAME,
        "webmon");  // parts are started through /proc/self/exe, and would be called "exe"
  int status = kOk;
  const auto tree = command_tree(status);
  auto& root = *tree;
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain(root, error);
  } catch (const std::exception& error) {
    complain(std::string{"this should not happen, please report it: "} + error.what());
    return kFailed;
  }
  return status;
}

}  // namespace webmon::cli
