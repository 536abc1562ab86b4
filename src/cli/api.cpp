#include "pipeline/api/api.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/config_process.hpp"
#include "cli/exit_code.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "lib/core/log.hpp"

namespace webmon::cli {
namespace {

int serve(const ConfigFlags& flags) {
  auto process = ProcessConfig::open(kApi, flags);
  if (!process) return failed(process.error());
  auto config = api_config(process->settings());
  config.stops_on_signals = true;
  Api* running = nullptr;
  config.on_hangup = [&] {
    if (is_terminal_gone()) return running->stop();
    if (process->reload()) running->set_limits(process->settings().api.limits);
  };
  Api api{std::move(config)};
  running = &api;
  if (auto started = api.start(); !started) return failed(started.error());
  release_hangups();
  auto served = api.run();
  flush_log_repeats();
  return served ? kOk : failed(served.error());
}

}  // namespace

void add_api(CLI::App& root, int& status) {
  auto flags = std::make_shared<ConfigFlags>();
  auto* command =
      root.add_subcommand("api", "Serve the HTTP API; one of the parts that `webmon up` starts");
  add_config_flags(*command, kApi, *flags);
  command->footer(
      "SIGTERM ends it after the requests under way, SIGHUP has it read its configuration again. "
      "Redis and the dispatcher need not be there yet.\n"
      "Example: webmon api --redis unix:/run/redis/redis.sock --listen 127.0.0.1:8080");
  command->callback([flags, &status] { status = serve(*flags); });
}

}  // namespace webmon::cli
