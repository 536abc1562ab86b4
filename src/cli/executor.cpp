#include <signal.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fstream>
#include <memory>

#include "cli/accepted_config.hpp"
#include "cli/commands.hpp"
#include "cli/config_process.hpp"
#include "cli/exit_code.hpp"
#include "cli/ports.hpp"
#include "cli/signature_rules.hpp"
#include "cli/terminal.hpp"
#include "lib/core/log.hpp"
#include "lib/signatures/scanner.hpp"
#include "pipeline/executor/config.hpp"
#include "pipeline/executor/supervisor.hpp"

namespace webmon::cli {
namespace {

constexpr const char* kWorker = "executor-worker";

struct Options {
  ConfigFlags flags;
  std::string id;
  std::vector<std::string> own;
  std::string accepted_rules;  ///< of the worker: what the supervisor has read
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

Result<executor::ExecutorConfig> configure(const Settings& settings, const Options& options) {
  auto own = parse_own(options.own);
  if (!own) return fail(own.error());
  auto config = executor_config(settings, std::move(*own));
  config.id = options.id;
  config.is_sandboxed = !options.is_unsandboxed;
  if (auto valid = executor::validate(config); !valid) return fail(valid.error());
  return config;
}

/// What the executor was started with, for every worker it starts.
struct Accepted {
  AcceptedConfig config, rules;
};

// The worker is this program with the same arguments under another command name, but for the
// configuration and the rules, which are those of `accepted`.
std::vector<std::string> worker_arguments(const Accepted& accepted) {
  std::ifstream file{"/proc/self/cmdline", std::ios::binary};
  std::vector<std::string> arguments;
  bool is_replaced = false;
  for (std::string word; std::getline(file, word, '\0');) {
    const bool is_command = !is_replaced && !arguments.empty() && word == "executor";
    is_replaced = is_replaced || is_command;
    arguments.push_back(is_command ? kWorker : word);
  }
  arguments.insert(arguments.end(),
                   {"--config", accepted.config.path(), "--accepted-rules", accepted.rules.path()});
  return arguments;
}

void add_options(CLI::App& command, Options& options) {
  add_config_flags(command, kExecutor, options.flags);
  command.add_option("--id", options.id,
                     "Name of this executor, at most 63 bytes (default: host-pid-random)");
  command
      .add_option("--own", options.own,
                  "ADDRESS:PORT of Webmon's own that is never fetched; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command.add_flag("--no-sandbox", options.is_unsandboxed,
                   "Without the system call filter (for debugging)");
}

std::optional<executor::ExecutorConfig> reload(ProcessConfig& process, const Options& options) {
  if (!process.reload()) return std::nullopt;
  auto config = configure(process.settings(), options);
  return config ? std::optional{std::move(*config)} : std::nullopt;
}

// A rule that does not compile stops the executor here, before a worker is started.
Result<void> accept_rules(const Settings& settings, AcceptedConfig& accepted) {
  const auto files = read_rule_files(settings.signature_rules);
  if (!files) return fail(files.error());
  const auto rules = compile_rules(*files);
  if (!rules) return fail(rules.error());
  for (const auto& warning : (*rules)->warnings())
    log_warn("a rule of signatures", {{"warning", warning}});
  log_info("rules of signatures", {{"rules", (*rules)->size()}, {"files", files->size()}});
  return accepted.replace(join_rule_files(*files));
}

// Before the sandbox is closed and the first thread begins.
Result<void> take_rules(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto files = split_rule_files(text);
  if (!files) return fail(files.error());
  auto rules = compile_rules(*files);
  if (!rules) return fail(rules.error());
  signatures::use_in_this_process(std::move(*rules));
  return {};
}

int supervise(const Options& options) {
  auto process = ProcessConfig::open(kExecutor, options.flags);
  if (!process) return failed(process.error());
  const auto config = configure(process->settings(), options);
  if (!config) return failed(config.error());
  Accepted accepted;
  if (auto kept = accept_rules(process->settings(), accepted.rules); !kept)
    return failed(kept.error());
  if (auto kept = accepted.config.replace(process->file_text()); !kept) return failed(kept.error());
  const auto on_hangup = [&]() -> std::optional<executor::ExecutorConfig> {
    if (is_terminal_gone()) kill(getpid(), SIGTERM);
    auto next = is_terminal_gone() ? std::nullopt : reload(*process, options);
    if (!next) return std::nullopt;
    if (auto kept = accepted.config.replace(process->file_text()); !kept)
      log_error("the worker keeps the old configuration", {{"error", kept.error().detail}});
    return next;
  };
  const int status = executor::run_supervisor(*config, worker_arguments(accepted), on_hangup);
  return status == 0 ? kOk : kFailed;
}

int work(const Options& options) {
  auto process = ProcessConfig::open(kExecutor, options.flags);
  auto config = process ? configure(process->settings(), options)
                        : Result<executor::ExecutorConfig>{fail(process.error())};
  const auto ready = config ? take_rules(options.accepted_rules) : fail(config.error());
  if (ready)
    return executor::run_worker(std::move(*config), [&] { return reload(*process, options); });
  failed(ready.error());
  return executor::kExitConfig;
}

}  // namespace

void add_executor(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "executor", "Fetch pages and run the plugins; any number, on any machine");
  add_options(*command, *options);
  command->footer(
      "SIGTERM: takes no new jobs, finishes those under way, gives the others back. SIGHUP: reads "
      "the configuration again.\n"
      "Example: webmon executor --redis unix:/run/redis/redis.sock --work tcp://127.0.0.1:5560");
  command->callback([options, &status] { status = supervise(*options); });
  auto* worker = root.add_subcommand(kWorker, "")->group("");
  add_options(*worker, *options);
  worker->add_option("--accepted-rules", options->accepted_rules)->required();
  worker->callback([options, &status] { status = work(*options); });
}

}  // namespace webmon::cli
