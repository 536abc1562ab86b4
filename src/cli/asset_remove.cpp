// `webmon asset remove` and `restore`.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/action.hpp"
#include "cli/api_client.hpp"
#include "cli/asset_ref.hpp"
#include "cli/asset_subcommands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"
#include "lib/core/id.hpp"
#include "lib/core/url.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::string which;
  bool purges = false;
  bool waits = false;
};

int remove(Options& options) {
  auto api = client_for(options.client);
  const auto id = find_asset_id(api, options.which);
  if (!id) return failed(id.error());
  const auto path = "/api/v1/assets/" + *id + (options.purges ? "?purge=true" : "");
  const auto answer = api.call("DELETE", with_wait(path, options.waits));
  if (!answer) return failed(answer.error());
  if (options.client.is_json) {
    print(json::serialize(answer->body) + "\n");
  } else if (options.purges) {
    print("removed " + *id + " for good, with its statistics and history\n");
  } else {
    print(
        fmt::format("removed {0}; for a day `webmon asset restore {0}` brings it back with its "
                    "statistics and history\n",
                    *id));
  }
  return kOk;
}

/// By id, or by the URL of a removed one.
Result<std::string> find_removed(ApiClient& api, const std::string& id_or_url) {
  if (parse_id<AssetId>(id_or_url)) return id_or_url;
  const auto url = parse_url(id_or_url, true);
  if (!url) return fail(url.error());
  std::string id;
  const auto listed =
      api.for_each("/api/v1/assets?limit=500&removed=true&text=" + percent_encode(url->text),
                   [&](const json::value& asset) {
                     if (text_at(asset, "/url") == url->text) id = text_at(asset, "/id");
                   });
  if (!listed) return fail(listed.error());
  if (id.empty())
    return fail(Errc::not_found, "no removed asset has the URL " + url->text +
                                     " (`webmon asset list --removed` shows all)");
  return id;
}

int restore(Options& options) {
  auto api = client_for(options.client);
  const auto id = find_removed(api, options.which);
  if (!id) return failed(id.error());
  const auto answer =
      api.call("POST", with_wait("/api/v1/assets/" + *id + "/restore", options.waits));
  if (!answer) return failed(answer.error());
  print(options.client.is_json
            ? json::serialize(answer->body) + "\n"
            : printable(text_at(answer->body, "/url")) + " is watched again, with all it had\n");
  return kOk;
}

}  // namespace

void add_wait_flag(CLI::App& command, bool& waits) {
  command.add_flag("--wait", waits, "Answer when a snapshot holds the change on disk");
}

std::string with_wait(const std::string& path, bool waits) {
  if (!waits) return path;
  return path + (path.find('?') == std::string::npos ? "?" : "&") + "wait=snapshot";
}

void add_asset_removal(CLI::App& asset, int& status) {
  auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* help, int (*action)(Options&)) {
    auto* command = add_action(asset, name, help, options, status, action);
    command->add_option("ASSET", options->which, "Its id or its URL")->required();
    add_wait_flag(*command, options->waits);
    return command;
  };
  auto* removing = add("remove", "Remove an asset; for a day it can be restored", remove);
  removing->alias("rm");
  removing->add_flag("--purge", options->purges,
                     "At once and for good, with its statistics and history");
  removing->footer(
      "API: DELETE /api/v1/assets/{id}\n"
      "Example: webmon asset remove https://example.org");
  add("restore", "Bring a removed asset back, with all that was learned", restore)
      ->footer(
          "API: POST /api/v1/assets/{id}/restore\n"
          "Example: webmon asset restore https://example.org");
}

}  // namespace webmon::cli
