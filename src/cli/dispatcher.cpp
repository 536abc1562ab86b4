#include "pipeline/dispatcher/dispatcher.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/intervals.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "lib/bus/socket.hpp"

namespace webmon::cli {
namespace {

struct Options {
  dispatcher::DispatcherConfig config;
  std::string redis = "127.0.0.1:6379";
  std::string redis_dir;
  std::string lock_file;
  std::string interval;
  std::vector<std::string> tag_intervals;
  std::string run_retention;
};

int dispatch(const Options& options) {
  auto address = store::parse_redis_address(options.redis);
  if (!address) return failed(address.error());
  store::RedisConfig redis_config;
  redis_config.address = std::move(*address);
  auto intervals = parse_intervals(options.interval, options.tag_intervals);
  if (!intervals) return failed(intervals.error());
  auto config = options.config;
  config.schedule.intervals = std::move(*intervals);
  if (!options.run_retention.empty()) {
    const auto retention = parse_interval("--run-retention", options.run_retention);
    if (!retention) return failed(retention.error());
    config.run_retention = *retention;
  }
  config.redis_dir = options.redis_dir;
  config.lock_file = options.lock_file;
  if (options.lock_file.empty() && !options.redis_dir.empty())
    config.lock_file = config.redis_dir / "dispatcher.lock";

  Loop loop;
  StopSignals signals;
  bus::Context context;
  store::LoopRedis redis{loop, redis_config};
  dispatcher::Dispatcher dispatcher{loop,  system_clock(), system_rng(),
                                    redis, context,        std::move(config)};
  int status = kOk;
  dispatcher.on_stopped([&](const Result<void>& result) {
    if (!result) status = failed(result.error());
    loop.stop();
  });
  if (auto started = dispatcher.start(); !started) return failed(started.error());
  signals.attach(loop, [&] { dispatcher.drain_and_stop(); });
  loop.run();
  signals.detach();
  return status;
}

}  // namespace

void add_dispatcher(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "dispatcher", "Stream jobs to executors, take snapshots; one leads at a time");
  auto& endpoints = options->config.endpoints;
  command->add_option("--redis", options->redis, "unix:/path or host:port")->capture_default_str();
  command->add_option(
      "--redis-dir", options->redis_dir,
      "Directory of dump.rdb, if Redis is on this host: generations are kept there");
  command->add_option("--jobs", endpoints.jobs, "Where Job IDs arrive (PULL)")
      ->capture_default_str();
  command->add_option("--work", endpoints.work, "Where executors fetch them (PUSH)")
      ->capture_default_str();
  command->add_option("--control", endpoints.control, "Where commands arrive (ROUTER)")
      ->capture_default_str();
  command->add_option("--lock-file", options->lock_file,
                      "Default: REDIS-DIR/dispatcher.lock, if that is given");
  add_interval_options(*command, options->interval, options->tag_intervals);
  command->add_option("--run-retention", options->run_retention,
                      "How long a run and its jobs stay after its end: 5s to 7d (default: 1h)");
  command->add_option("--ns", options->config.ns, "Prefix of all keys in Redis")
      ->capture_default_str();
  command->footer(
      "SIGTERM: stops the intake, drains, takes a last snapshot. Redis need not be there yet.\n"
      "Example: webmon dispatcher --redis unix:/run/redis/redis.sock --interval 1m");
  command->callback([options, &status] { status = dispatch(*options); });
}

}  // namespace webmon::cli
