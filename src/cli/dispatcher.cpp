#include "pipeline/dispatcher/dispatcher.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/config_process.hpp"
#include "cli/exit_code.hpp"
#include "cli/metrics_address.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "lib/bus/socket.hpp"
#include "lib/core/log.hpp"
#include "lib/metrics/process.hpp"

namespace webmon::cli {
namespace {

Result<std::unique_ptr<metrics::Listener>> serve_metrics(Loop& loop, const std::string& address,
                                                         const dispatcher::Dispatcher& dispatcher,
                                                         const RedisTraffic& redis) {
  const auto place = parse_metrics_address(address);
  if (!place) return fail(place.error());
  if (place->host.empty()) return std::unique_ptr<metrics::Listener>{};
  return metrics::Listener::open(loop, *place, [&] {
    metrics::Exposition out;
    metrics::add_process(out);
    dispatcher.add_metrics(out);
    metrics::add_redis(out, "webmon_dispatcher", redis);
    return out.text();
  });
}

int dispatch(const ConfigFlags& flags) {
  auto process = ProcessConfig::open(kDispatcher, flags);
  if (!process) return failed(process.error());
  Loop loop;
  StopSignals signals;
  bus::Context context;
  RedisTraffic traffic;
  store::LoopRedis redis{loop, redis_config(process->settings()), &traffic};
  dispatcher::Dispatcher dispatcher{loop,  system_clock(), system_rng(),
                                    redis, context,        dispatcher_config(process->settings())};
  const auto listener =
      serve_metrics(loop, process->settings().dispatcher_metrics, dispatcher, traffic);
  if (!listener) return failed(listener.error());
  int status = kOk;
  dispatcher.on_stopped([&](const Result<void>& result) {
    if (!result) status = failed(result.error());
    loop.stop();
  });
  if (auto started = dispatcher.start(); !started) return failed(started.error());
  signals.attach(
      loop, [&] { dispatcher.drain_and_stop(); },
      [&] {
        if (process->reload())
          dispatcher.set_intervals(process->settings().dispatcher.schedule.intervals);
      });
  loop.run();
  signals.detach();
  flush_log_repeats();
  return status;
}

}  // namespace

void add_dispatcher(CLI::App& root, int& status) {
  auto flags = std::make_shared<ConfigFlags>();
  auto* command = root.add_subcommand(
      "dispatcher", "Stream jobs to executors, take snapshots; one leads at a time");
  add_config_flags(*command, kDispatcher, *flags);
  command->footer(
      "SIGTERM: stops the intake, drains, takes a last snapshot. SIGHUP: reads the configuration "
      "again. Redis need not be there yet.\n"
      "Example: webmon dispatcher --redis unix:/run/redis/redis.sock --interval 1m");
  command->callback([flags, &status] { status = dispatch(*flags); });
}

}  // namespace webmon::cli
