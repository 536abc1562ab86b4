#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/asset_ref.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/print_json.hpp"
#include "cli/stats_text.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

struct Options {
  ClientOptions client;
  std::string which;
  bool is_all = false;
};

int stats(const Options& options) {
  auto api = client_for(options.client);
  const auto id = find_asset_id(api, options.which);
  if (!id) return failed(id.error());
  const auto answer = api.call("GET", "/api/v1/assets/" + *id + "/statistics");
  if (!answer) return failed(answer.error());
  if (options.client.is_json) {
    print_json(answer->body);
  } else {
    print(render_statistics(answer->body, options.is_all, terminal_width()));
  }
  return kOk;
}

}  // namespace

void add_stats(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand("stats", "Show an asset's statistics per metric");
  add_client_options(*command, options->client);
  command->add_option("ASSET", options->which, "Its id or its URL")->required();
  command->add_flag("--all", options->is_all, "Also metrics that have always been 0");
  command->footer(
      "SIGMA is the standard deviation over the asset's own history, Z how many of them the last "
      "value lies from the\n"
      "mean of those before it. From |Z| = 5 a change is excessive.\n"
      "API: GET /api/v1/assets/{id}/statistics\n"
      "Example: webmon stats https://example.org");
  command->callback([options, &status] { status = stats(*options); });
}

}  // namespace webmon::cli
