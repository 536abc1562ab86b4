#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstring>
#include <memory>
#include <optional>

#include "cli/commands.hpp"
#include "cli/environment.hpp"
#include "cli/exit_code.hpp"
#include "cli/intervals.hpp"
#include "cli/lock_file.hpp"
#include "cli/nets.hpp"
#include "cli/ports.hpp"
#include "cli/signals.hpp"
#include "cli/stack.hpp"
#include "cli/terminal.hpp"

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
    const auto what = text == endpoints.listen ? "the API" : "the dispatcher";
    if (auto free = check_free(*parse_host_port(text), what); !free) return free;
  }
  if (!options.has_demo) return {};
  const auto demo = parse_host_port(options.demo_listen);
  return demo ? check_free(*demo, "the demo site") : Result<void>{fail(demo.error())};
}

Result<int> open_log(const std::string& path) {
  if (path.empty()) return -1;
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(Errc::bad_config, fmt::format("cannot write {}: {}", path, strerror(errno)));
  dup2(fd, STDERR_FILENO);  // what we say ourselves belongs there, too
  return fd;
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
  int output;
};

Result<Prepared> prepare(const UpOptions& options) {
  auto dir = data_dir(options.data_dir);
  if (!dir) return fail(dir.error());
  if (auto intervals = parse_intervals(options.interval, options.tag_intervals); !intervals)
    return fail(intervals.error());
  if (auto nets = parse_nets(options.allow_nets); !nets) return fail(nets.error());
  if (auto fits = check_socket_path(*dir); !fits) return fail(fits.error());
  auto lock = lock_data_dir(*dir);
  if (!lock) return fail(lock.error());
  auto endpoints = plan_endpoints(options, *dir, system_rng());
  if (!endpoints) return fail(endpoints.error());
  if (auto free = check_ports(*endpoints, options); !free) return fail(free.error());
  auto output = open_log(options.log_file);
  if (!output) return fail(output.error());
  endpoints->pid = getpid();
  return Prepared{std::move(*dir), std::move(*lock), std::move(*endpoints), *output};
}

int up(const UpOptions& options) {
  auto prepared = prepare(options);
  if (!prepared) return failed(prepared.error());
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
  Stack stack{loop, dir, endpoints, options, prepared->output, std::move(events)};
  signals.attach(loop, [&] { stack.stop(); });
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
  command->add_option("--data-dir", options->data_dir,
                      "Default: $XDG_DATA_HOME/webmon or ~/.local/share/webmon");
  command->add_option("--listen", options->listen,
                      "ADDRESS:PORT of the API, on loopback (default: 127.0.0.1:8080)");
  command->add_option("--ports", options->ports,
                      "\"auto\", or ports for jobs,work,control (default: 5559,5560,5561)");
  command
      ->add_option("--allow-net", options->allow_nets,
                   "CIDR that may be fetched from beside public addresses; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--unlimited-host", options->unlimited_hosts,
                   "Host or CIDR without politeness limits; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  add_interval_options(*command, options->interval, options->tag_intervals);
  command->add_option("--threads", options->threads,
                      "Executor threads, 1 to 64 (default: one per core)");
  command->add_option("--slots", options->slots,
                      "Jobs at once per thread, 1 to 1024 (default: 64)");
  command->add_option("--ca-file", options->ca_file,
                      "Trusted certificate authorities, PEM (default: the system's)");
  command->add_option("--dns", options->dns,
                      "Name servers, ip[:port],… (default: those of resolv.conf)");
  command->add_option("--log-file", options->log_file,
                      "Where the parts write what they do (default: standard error)");
  command->add_flag("--demo", options->has_demo, "Also serve the bundled demo site on loopback");
  command->add_option("--demo-listen", options->demo_listen, "First ADDRESS:PORT of the demo site")
      ->capture_default_str();
  command->footer(
      "With --ports auto the API's port is picked, too; other commands find it in "
      "DATA-DIR/endpoints.json.\n"
      "SIGTERM or Ctrl-C stops the parts in order and saves; a second one hurries.\n"
      "Exit codes: 0 stopped as asked, 2 could not start.\n"
      "Examples:\n"
      "  webmon up\n"
      "  webmon up --data-dir /srv/webmon --ports auto --interval 1m --allow-net 10.0.0.0/8");
  command->callback([options, &status] { status = up(*options); });
}

}  // namespace webmon::cli
