#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iterator>
#include <memory>
#include <optional>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"
#include "cli/doctor_read.hpp"
#include "cli/environment.hpp"
#include "cli/exit_code.hpp"
#include "cli/print_json.hpp"
#include "cli/terminal.hpp"
#include "lib/fetch/fetcher.hpp"

namespace webmon::cli {
namespace {

struct Options {
  ClientOptions client;
  std::string redis;
  std::string ca_file = fetch::FetcherConfig{}.ca_file;
};

// Redis of --redis, else of the `webmon up` on the data directory.
Result<std::optional<store::RedisAddress>> redis_address(const Options& options,
                                                         const std::optional<Endpoints>& up) {
  const auto text = !options.redis.empty() ? options.redis : up ? up->redis : std::string{};
  if (text.empty()) return std::nullopt;
  auto address = store::parse_redis_address(text);
  if (!address) return fail(address.error());
  return std::optional{std::move(*address)};
}

void append(std::vector<DoctorCheck>& to, std::vector<DoctorCheck> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Result<std::vector<DoctorCheck>> examine(const Options& options) {
  auto dir = data_dir(options.client.data_dir);
  if (!dir) return fail(dir.error());
  auto up = read_endpoints(*dir);
  if (!up) return fail(up.error());
  const auto address = redis_address(options, *up);
  if (!address) return fail(address.error());

  std::optional<RedisFacts> redis;
  if (*address) redis = read_redis(**address);
  const auto used = redis ? redis->info["used_memory"] : std::string{};
  auto checks =
      check_machine(read_machine(*dir, options.ca_file), std::strtoull(used.c_str(), nullptr, 10));
  for (const auto& port : read_ports(up->value_or(Endpoints{})))
    checks.push_back(check_port(port, up->has_value()));
  if (redis) append(checks, check_redis(*redis));
  const bool is_expected =
      up->has_value() || !options.client.server.empty() || environment("WEBMON_SERVER").has_value();
  if (is_expected) append(checks, check_api(read_api(client_for(options.client).server())));
  if (!is_expected && !redis)
    checks.push_back({.name = "Webmon",
                      .level = DoctorCheck::Level::warn,
                      .found = "does not run on " + dir->string(),
                      .why = "so Redis, API, dispatcher and executors were not looked at",
                      .todo = "webmon up, or name them with --redis and --server"});
  return checks;
}

int doctor(const Options& options) {
  const auto checks = examine(options);
  if (!checks) return failed(checks.error());
  if (options.client.is_json) {
    for (const auto& check : *checks)
      print_json(boost::json::object{{"check", check.name},
                                     {"level", to_string(check.level)},
                                     {"found", check.found},
                                     {"why", check.why},
                                     {"todo", check.todo}});
  } else {
    print(render_checks(*checks, terminal_look()));
  }
  return has_failure(*checks) ? kNotOk : kOk;
}

}  // namespace

void add_doctor(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "doctor", "Examine this machine, Redis and the running parts, and say what to mend");
  add_client_options(*command, options->client);
  command->add_option("--redis", options->redis,
                      "unix:/path or host:port (default: that of the `webmon up` that runs)");
  command->add_option("--ca-file", options->ca_file, "Trusted certificate authorities, PEM")
      ->capture_default_str();
  command->footer(
      "Changes nothing. With --json: one check a line.\n"
      "Exit codes: 0 nothing failed (there may be warnings), 1 something failed, 2 wrong use.\n"
      "Examples:\n"
      "  webmon doctor\n"
      "  webmon doctor --redis 10.0.0.5:6379 --json | jq -r 'select(.level == \"fail\").todo'");
  command->callback([options, &status] { status = doctor(*options); });
}

}  // namespace webmon::cli
