// `webmon asset enable` and `disable`.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/api_client.hpp"
#include "cli/asset_ref.hpp"
#include "cli/asset_subcommands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::vector<std::string> which;
  std::string tag;
  bool waits = false;
};

int enable(const Options& options, bool is_on) {
  auto api = client_for(options.client);
  const auto ids = find_asset_ids(api, options.which, options.tag);
  if (!ids) return failed(ids.error());
  Progress progress{is_on ? "enabled" : "disabled"};
  std::uint64_t done = 0;
  for (const auto& id : *ids) {
    if (ids->size() > 1) progress.show(done++, ids->size());
    const bool waits = options.waits && &id == &ids->back();  // it covers those before
    const auto path = with_wait("/api/v1/assets/" + id, waits);
    const auto answer = api.call("PATCH", path, json::object{{"enabled", is_on}}, {});
    if (!answer) return failed(answer.error());
    if (options.client.is_json) print(json::serialize(answer->body) + "\n");
  }
  progress.finish();
  if (!options.client.is_json)
    print(fmt::format("{} {}\n", ids->size(), is_on ? "enabled" : "disabled"));
  return kOk;
}

}  // namespace

void add_asset_switches(CLI::App& asset, int& status) {
  auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* help, bool is_on) {
    auto* command = asset.add_subcommand(name, help);
    add_client_options(*command, options->client);
    command->add_option("ASSET", options->which, "Their ids or URLs");
    command->add_option("--tag", options->tag, "All with this tag");
    add_wait_flag(*command, options->waits);
    command->footer(
        fmt::format("API: PATCH /api/v1/assets/{{id}}\n"
                    "Example: webmon asset {} --tag shop",
                    name));
    command->callback([options, &status, is_on] { status = enable(*options, is_on); });
  };
  add("enable", "Check assets again", true);
  add("disable", "Check assets no more until they are enabled", false);
}

}  // namespace webmon::cli
