#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/api_client.hpp"
#include "cli/asset_ref.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/history_text.hpp"
#include "cli/print_json.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

struct Options {
  ClientOptions client;
  std::string which;
  std::vector<std::string> metrics;
};

int history(const Options& options) {
  auto api = client_for(options.client);
  const auto id = find_asset_id(api, options.which);
  if (!id) return failed(id.error());
  const auto answer = api.call("GET", "/api/v1/assets/" + *id + "/history");
  if (!answer) return failed(answer.error());
  if (options.client.is_json) {
    for (const auto& sample : history_samples(answer->body)) print_json(sample);
    return kOk;
  }
  const std::vector<std::string> usual{"status", "total_ms", "body_bytes_decoded"};
  print(render_history(answer->body, options.metrics.empty() ? usual : options.metrics,
                       terminal_look()));
  return kOk;
}

}  // namespace

void add_history(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand("history", "Show the last samples of an asset, oldest first");
  add_client_options(*command, options->client);
  command->add_option("ASSET", options->which, "Its id or its URL")->required();
  command
      ->add_option("--metric", options->metrics,
                   "Show this metric; may be repeated (default: status, total_ms and "
                   "body_bytes_decoded; `webmon plugins NAME` lists them)")
      ->take_all()
      ->allow_extra_args(false);
  command->footer(
      "LATE: observed before a sample that had arrived already; not in the statistics. With --json "
      "every metric, one sample\n"
      "a line.\n"
      "API: GET /api/v1/assets/{id}/history\n"
      "Example: webmon history https://example.org --metric total_ms --metric tags_total");
  command->callback([options, &status] { status = history(*options); });
}

}  // namespace webmon::cli
