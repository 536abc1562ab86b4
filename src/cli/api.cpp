#include "pipeline/api/api.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

struct Options {
  ApiConfig config;
  std::string redis = "127.0.0.1:6379";
};

int serve(const Options& options) {
  auto config = options.config;
  auto address = store::parse_redis_address(options.redis);
  if (!address) return failed(address.error());
  config.redis.address = std::move(*address);
  config.stops_on_signals = true;
  Api api{std::move(config)};
  if (auto started = api.start(); !started) return failed(started.error());
  if (auto served = api.run(); !served) return failed(served.error());
  return kOk;
}

}  // namespace

void add_api(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command =
      root.add_subcommand("api", "Serve the HTTP API; one of the parts that `webmon up` starts");
  command
      ->add_option("--listen", options->config.listen,
                   "ADDRESS:PORT on loopback; port 0: any free one")
      ->capture_default_str();
  command->add_option("--redis", options->redis, "unix:/path or host:port")->capture_default_str();
  command->add_option("--jobs", options->config.jobs_endpoint, "The dispatcher's jobs endpoint")
      ->capture_default_str();
  command
      ->add_option("--control", options->config.control_endpoint,
                   "The dispatcher's control endpoint")
      ->capture_default_str();
  command->add_option("--ns", options->config.ns, "Prefix of all keys in Redis")
      ->capture_default_str();
  command->footer(
      "SIGTERM ends it after the requests under way. Redis and the dispatcher need not be there "
      "yet.\n"
      "Example: webmon api --redis unix:/run/redis/redis.sock --listen 127.0.0.1:8080");
  command->callback([options, &status] { status = serve(*options); });
}

}  // namespace webmon::cli
