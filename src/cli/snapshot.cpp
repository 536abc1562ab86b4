#include <fmt/format.h>

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
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

struct Options {
  ClientOptions client;
  std::string epoch;
};

int take(const ClientOptions& options) {
  auto api = client_for(options);
  const auto answer = api.call("POST", "/api/v1/snapshots?wait=snapshot");
  if (!answer) return failed(answer.error());
  if (options.is_json) {
    print_json(answer->body);
  } else {
    print(fmt::format("snapshot {} is {}\n", printable(text_at(answer->body, "/epoch")),
                      is_true_at(answer->body, "/durable") ? "on disk" : "under way"));
  }
  return kOk;
}

int show(const Options& options) {
  auto api = client_for(options.client);
  const auto answer = api.call("GET", "/api/v1/snapshots/" + percent_encode(options.epoch));
  if (!answer) return failed(answer.error());
  print_answer(answer->body, options.client.is_json);
  return is_true_at(answer->body, "/durable") ? kOk : kNotOk;
}

}  // namespace

void add_snapshot(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand(
      "snapshot", "Have everything accepted so far written to disk, and wait for it");
  command->require_subcommand(0, 1);
  add_client_options(*command, options->client);
  command->footer(
      "Exit codes: 0 it is on disk, 2 it is not.\n"
      "API: POST /api/v1/snapshots\n"
      "Example: webmon snapshot && cp ~/.local/share/webmon/dump.rdb /backup/");
  command->callback([command, options, &status] {
    if (command->get_subcommands().empty()) status = take(options->client);
  });

  auto* showing = command->add_subcommand("show", "Show what became of a snapshot");
  add_client_options(*showing, options->client);
  showing->add_option("EPOCH", options->epoch, "Its number, as \"epoch\" of an answer says it")
      ->required();
  showing->footer(
      "Exit codes: 0 it is on disk, 1 it is pending or lost, 2 there is none of that number.\n"
      "API: GET /api/v1/snapshots/{epoch}\n"
      "Example: webmon snapshot show 10");
  showing->callback([options, &status] { status = show(*options); });
}

}  // namespace webmon::cli
