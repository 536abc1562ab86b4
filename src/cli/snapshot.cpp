#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/api_client.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

int snapshot(const ClientOptions& options) {
  auto api = client_for(options);
  const auto answer = api.call("POST", "/api/v1/snapshots?wait=snapshot");
  if (!answer) return failed(answer.error());
  if (options.is_json) {
    print(boost::json::serialize(answer->body) + "\n");
  } else {
    print(fmt::format("snapshot {} is {}\n", printable(text_at(answer->body, "/epoch")),
                      is_true_at(answer->body, "/durable") ? "on disk" : "under way"));
  }
  return kOk;
}

}  // namespace

void add_snapshot(CLI::App& root, int& status) {
  auto options = std::make_shared<ClientOptions>();
  auto* command = root.add_subcommand(
      "snapshot", "Have everything accepted so far written to disk, and wait for it");
  add_client_options(*command, *options);
  command->footer("Exit codes: 0 it is on disk, 2 it is not.");
  command->callback([options, &status] { status = snapshot(*options); });
}

}  // namespace webmon::cli
