#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/asset_ref.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/nearest.hpp"
#include "cli/print_json.hpp"
#include "cli/stats_text.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

struct Options {
  ClientOptions client;
  std::string which;
  std::string metric;
  bool is_all = false;
};

int one_metric(const boost::json::value& statistics, const Options& options) {
  const auto* item = find_metric_item(statistics, options.metric);
  if (item == nullptr) {
    std::vector<std::string> names;
    for (const auto& one : array_at(statistics, "/items")) names.push_back(text_at(one, "/name"));
    return failed({Errc::not_found, "the asset has no statistics of " + options.metric +
                                        did_you_mean(options.metric, names) +
                                        "; `webmon stats ASSET --all` lists those it has"});
  }
  if (options.client.is_json) {
    auto body = item->as_object();
    body["times"] = array_at(statistics, "/times");
    print_json(body);
  } else {
    print(render_metric(statistics, *item, terminal_look()));
  }
  return kOk;
}

int stats(const Options& options) {
  auto api = client_for(options.client);
  const auto id = find_asset_id(api, options.which);
  if (!id) return failed(id.error());
  const auto answer = api.call("GET", "/api/v1/assets/" + *id + "/statistics?series=true");
  if (!answer) return failed(answer.error());
  if (!options.metric.empty()) return one_metric(answer->body, options);
  if (options.client.is_json) {
    print_json(answer->body);
  } else {
    print(render_statistics(answer->body, options.is_all, terminal_look()));
  }
  return kOk;
}

}  // namespace

void add_stats(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand("stats", "Show an asset's statistics per metric");
  add_client_options(*command, options->client);
  command->add_option("ASSET", options->which, "Its id or its URL")->required();
  command->add_option("METRIC", options->metric, "Only this one, with a chart of its last values");
  command->add_flag("--all", options->is_all, "Also metrics that have always been 0");
  command->footer(
      "SIGMA is the standard deviation over the asset's own history, Z how many of them the last "
      "value lies from the\n"
      "mean of those before it. From |Z| = 5 a change is excessive. P05, P50 and P95 are quantiles "
      "of the values drawn in RECENT, at\n"
      "most 32, oldest left; what was not learned is a gap. MUTED says why a change of it is no "
      "warning; what a known page's\n"
      "metrics of content say is decided by the page as a whole. Timings also have quantiles of "
      "their whole history, each within\n"
      "3 %. A narrow terminal gets fewer columns, one without UTF-8 ASCII.\n"
      "API: GET /api/v1/assets/{id}/statistics\n"
      "Example: webmon stats https://example.org\n"
      "Example: webmon stats https://example.org total_ms");
  command->callback([options, &status] { status = stats(*options); });
}

}  // namespace webmon::cli
