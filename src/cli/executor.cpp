#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fstream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/nets.hpp"
#include "cli/ports.hpp"
#include "cli/terminal.hpp"
#include "pipeline/executor/config.hpp"
#include "pipeline/executor/supervisor.hpp"

namespace webmon::cli {
namespace {

constexpr const char* kWorker = "executor-worker";

struct Options {
  executor::ExecutorConfig config;
  std::string redis = "127.0.0.1:6379";
  std::string ns = "wm";
  std::vector<std::string> allow_nets;
  std::vector<std::string> own;
  bool is_unsandboxed = false;
};

Result<std::vector<fetch::Listener>> parse_own(const std::vector<std::string>& texts) {
  std::vector<fetch::Listener> own;
  for (const auto& text : texts) {
    const auto address = parse_host_port(text);
    if (!address) return fail(address.error());
    own.push_back({.address = *fetch::parse_ip(address->host), .port = address->port});
  }
  return own;
}

Result<executor::ExecutorConfig> configure(const Options& options) {
  auto config = options.config;
  auto redis = store::parse_redis_address(options.redis);
  if (!redis) return fail(redis.error());
  auto nets = parse_nets(options.allow_nets);
  if (!nets) return fail(nets.error());
  auto own = parse_own(options.own);
  if (!own) return fail(own.error());
  config.redis.address = std::move(*redis);
  config.keys = store::Keys{options.ns};
  config.fetch.policy = fetch::AddressPolicy{std::move(*nets), std::move(*own)};
  config.is_sandboxed = config.is_sandboxed && !options.is_unsandboxed;
  if (auto valid = executor::validate(config); !valid) return fail(valid.error());
  return config;
}

// The worker is this program with the same arguments under another command name.
std::vector<std::string> worker_arguments() {
  std::ifstream file{"/proc/self/cmdline", std::ios::binary};
  std::vector<std::string> arguments;
  bool is_replaced = false;
  for (std::string word; std::getline(file, word, '\0');) {
    const bool is_command = !is_replaced && !arguments.empty() && word == "executor";
    is_replaced = is_replaced || is_command;
    arguments.push_back(is_command ? kWorker : word);
  }
  return arguments;
}

void add_options(CLI::App& command, Options& options) {
  command.add_option("--redis", options.redis, "unix:/path or host:port")->capture_default_str();
  command.add_option("--work", options.config.work_endpoint, "The dispatcher's work endpoint")
      ->capture_default_str();
  command.add_option("--id", options.config.id,
                     "Name of this executor, at most 63 bytes (default: host-pid-random)");
  command.add_option("--threads", options.config.threads, "1 to 64 (default: one per core)");
  command.add_option("--slots", options.config.slots, "Jobs at once per thread, 1 to 1024")
      ->capture_default_str();
  command
      .add_option("--allow-net", options.allow_nets,
                  "CIDR that may be fetched from beside public addresses; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option("--unlimited-host", options.config.unlimited,
                  "Host or CIDR without politeness limits; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option("--ca-file", options.config.fetch.ca_file, "Trusted certificate authorities, PEM")
      ->capture_default_str();
  command.add_option("--dns", options.config.fetch.dns_servers,
                     "Name servers, ip[:port],… (default: resolv.conf)");
  command.add_option("--ns", options.ns, "Prefix of all keys in Redis")->capture_default_str();
  command
      .add_option("--own", options.own,
                  "ADDRESS:PORT of Webmon's own that is never fetched; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command.add_flag("--no-sandbox", options.is_unsandboxed,
                   "Without the system call filter (for debugging)");
}

}  // namespace

void add_executor(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "executor", "Fetch pages and run the plugins; any number, on any machine");
  add_options(*command, *options);
  command->footer(
      "SIGTERM: takes no new jobs, finishes those under way, gives the others back.\n"
      "Example: webmon executor --redis unix:/run/redis/redis.sock --work tcp://127.0.0.1:5560");
  command->callback([options, &status] {
    const auto config = configure(*options);
    if (!config) {
      status = failed(config.error());
      return;
    }
    status = executor::run_supervisor(*config, worker_arguments()) == 0 ? kOk : kFailed;
  });
  auto* worker = root.add_subcommand(kWorker, "")->group("");
  add_options(*worker, *options);
  worker->callback([options, &status] {
    auto config = configure(*options);
    if (!config) {
      failed(config.error());
      status = executor::kExitConfig;
      return;
    }
    status = executor::run_worker(std::move(*config));
  });
}

}  // namespace webmon::cli
