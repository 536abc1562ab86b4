#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/print_json.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

int fleet(const ClientOptions& options) {
  auto api = client_for(options);
  const auto answer = api.call("GET", "/api/v1/fleet");
  if (!answer) return failed(answer.error());
  print_answer(answer->body, options.is_json);
  return kOk;
}

int health(const ClientOptions& options) {
  auto api = client_for(options);
  const auto answer = api.call("GET", "/api/v1/health");
  if (!answer) return failed(answer.error());
  print_answer(answer->body, options.is_json);
  return text_at(answer->body, "/status") == "ok" ? kOk : kNotOk;
}

}  // namespace

void add_fleet(CLI::App& root, int& status) {
  auto options = std::make_shared<ClientOptions>();
  auto* command = root.add_subcommand(
      "fleet", "Count assets by state and jobs that wait, and list the executors that are alive");
  add_client_options(*command, *options);
  command->footer(
      "`webmon watch` shows the same live.\n"
      "API: GET /api/v1/fleet\n"
      "Example: webmon fleet --json | jq .assets.by_state");
  command->callback([options, &status] { status = fleet(*options); });
}

void add_health(CLI::App& root, int& status) {
  auto options = std::make_shared<ClientOptions>();
  auto* command =
      root.add_subcommand("health", "Ask the API whether Redis, dispatcher and snapshots are well");
  add_client_options(*command, *options);
  command->footer(
      "Exit codes: 0 all is there, 1 it answers, but something is degraded, 2 it does not answer.\n"
      "API: GET /api/v1/health\n"
      "Example: webmon health || webmon doctor");
  command->callback([options, &status] { status = health(*options); });
}

}  // namespace webmon::cli
