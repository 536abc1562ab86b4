#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstring>
#include <memory>
#include <optional>

#include "cli/accepted_config.hpp"
#include "cli/commands.hpp"
#include "cli/config_process.hpp"
#include "cli/environment.hpp"
#include "cli/exit_code.hpp"
#include "cli/lock_file.hpp"
#include "cli/ports.hpp"
#include "cli/signals.hpp"
#include "cli/stack.hpp"
#include "cli/terminal.hpp"
#include "lib/core/log.hpp"

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;

Result<LockFile> lock_data_dir(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error)
    return fail(Errc::bad_config,
                fmt::format("cannot create {}: {}", dir.string(), error.message()));
  fs::permissions(dir, fs::perms::owner_all, error);
  auto lock = LockFile::take(dir / "webmon.lock");
  if (lock || lock.error().code != Errc::conflict) return lock;
  const auto pid = holder_of(dir / "webmon.lock");
  return fail(
      Errc::conflict,
      fmt::format("`webmon up`{} already runs on {}. Use it (webmon asset list), stop it{}, or "
                  "start another one with --data-dir DIR --ports auto",
                  pid ? fmt::format(" (pid {})", *pid) : "", dir.string(),
                  pid ? fmt::format(" (kill {})", *pid) : ""));
}

Result<void> check_ports(const Endpoints& endpoints, const UpOptions& options) {
  const auto listeners = tcp_listeners(endpoints);
  if (!listeners) return fail(listeners.error());
  for (const auto& text : *listeners) {
    const auto what = text == endpoints.listen             ? "the API"
                      : text == endpoints.executor_metrics ? "the executor's metrics"
                                                           : "the dispatcher";
    if (auto free = check_free(*parse_host_port(text), what); !free) return free;
  }
  if (!options.has_demo) return {};
  const auto demo = parse_host_port(options.demo_listen);
  return demo ? check_free(*demo, "the demo site") : Result<void>{fail(demo.error())};
}

// A socket's path is at most 107 bytes, and the error for a longer one is hard to read.
Result<void> check_socket_path(const fs::path& dir) {
  if ((dir / "redis.sock").string().size() <= 107) return {};
  return fail(Errc::bad_config,
              fmt::format("--data-dir {}: too long, for a unix socket in it has at most 107 bytes",
                          dir.string()));
}

struct Prepared {
  fs::path dir;
  LockFile lock;
  Endpoints endpoints;
};

Result<Prepared> prepare(const UpOptions& options, const ProcessConfig& process) {
  const auto& settings = process.settings();
  auto dir = data_dir(settings.data_dir);
  if (!dir) return fail(dir.error());
  if (auto fits = check_socket_path(*dir); !fits) return fail(fits.error());
  auto lock = lock_data_dir(*dir);
  if (!lock) return fail(lock.error());
  auto endpoints = plan_endpoints(options, settings, *dir, system_rng());
  if (!endpoints) return fail(endpoints.error());
  if (auto free = check_ports(*endpoints, options); !free) return fail(free.error());
  endpoints->pid = getpid();
  return Prepared{std::move(*dir), std::move(*lock), std::move(*endpoints)};
}

int up(UpOptions options) {
  auto process = ProcessConfig::open(kUp, options.flags);
  if (!process) return failed(process.error());
  auto prepared = prepare(options, *process);
  if (!prepared) return failed(prepared.error());
  if (process->settings().redis != Settings{}.redis)
    remark(
        "redis.address is not used: `webmon up` has a Redis of its own. With another one, start "
        "api, dispatcher and executor each.");
  AcceptedConfig accepted;
  if (auto kept = accepted.replace(process->file_text()); !kept) return failed(kept.error());
  options.flags.file = accepted.path();
  const auto& dir = prepared->dir;
  const auto& endpoints = prepared->endpoints;
  int status = kOk;
  Loop loop;
  StopSignals signals;
  Stack::Events events;
  events.failed = [&](const Error& error) { status = failed(error); };
  events.stopped = [&] { loop.stop(); };
  events.ready = [&] {
    if (auto written = write_endpoints(dir, endpoints); !written) complain(written.error().detail);
    remark(fmt::format("Webmon is up: {}/api/v1 (data in {}). Ctrl-C stops it.", endpoints.server(),
                       dir.string()));
  };
  // What the parts say goes where ours goes.
  const int output = process->settings().log_file.empty() ? -1 : STDERR_FILENO;
  Stack stack{loop, dir, endpoints, options, output, std::move(events)};
  signals.attach(
      loop, [&] { stack.stop(); },
      [&] {
        if (!process->reload()) return;
        if (auto kept = accepted.replace(process->file_text()); kept)
          stack.reload();
        else
          log_error("parts keep the old configuration", {{"error", kept.error().detail}});
      });
  stack.start();
  loop.run();
  signals.detach();
  std::error_code ignored;
  fs::remove(endpoints_file(dir), ignored);
  return status;
}

}  // namespace

void add_up(CLI::App& root, int& status) {
  auto options = std::make_shared<UpOptions>();
  auto* command =
      root.add_subcommand("up", "Start everything here: Redis, dispatcher, executor and API");
  add_config_flags(*command, kUp, options->flags);
  command->add_option("--ports", options->ports,
                      "\"auto\", or ports for jobs,work,control (default: 5559,5560,5561); the "
                      "two after the last serve the metrics of dispatcher and executor");
  command->add_flag("--demo", options->has_demo, "Also serve the bundled demo site on loopback");
  command->add_option("--demo-listen", options->demo_listen, "First ADDRESS:PORT of the demo site")
      ->capture_default_str();
  command->footer(
      "With --ports auto the API's port is picked, too; other commands find it in "
      "DATA-DIR/endpoints.json.\n"
      "SIGTERM or Ctrl-C stops the parts in order and saves; a second one hurries. SIGHUP has all "
      "parts read the configuration again.\n"
      "Exit codes: 0 stopped as asked, 2 could not start.\n"
      "Examples:\n"
      "  webmon up\n"
      "  webmon up --data-dir /srv/webmon --ports auto --interval 1m --allow-net 10.0.0.0/8");
  command->callback([options, &status] { status = up(*options); });
}

}  // namespace webmon::cli
