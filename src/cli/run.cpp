#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/asset_ref.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/fields_text.hpp"
#include "cli/json_read.hpp"
#include "cli/progress.hpp"
#include "cli/run_follow.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::vector<std::string> assets;
  std::string tag, id, key;
  bool is_all = false;
  bool waits = false;
};

// 1 if a page of the run is not up, 2 if Webmon could not run a job.
int verdict(const RunStatus& status) {
  if (status.dead > 0) return kFailed;
  const auto* states = find(status.body, "/states");
  if (states == nullptr || !states->is_object()) return kOk;
  for (const auto& [state, count] : states->get_object()) {
    json::error_code error;
    const bool is_none = count.to_number<double>(error) == 0;
    if (!error && !is_none && state != "up") return kNotOk;
  }
  return kOk;
}

void print_status(const RunStatus& status, bool is_json) {
  if (is_json) {
    print(json::serialize(status.body) + "\n");
    return;
  }
  print(render_fields(status.body, terminal_width()));
}

Result<json::object> what_of(ApiClient& api, const Options& options) {
  if (options.is_all) return json::object{{"all", true}};
  if (!options.tag.empty()) return json::object{{"tag", options.tag}};
  if (options.assets.empty())
    return fail(Errc::bad_input, "what to check? Give --all, --tag TAG, or assets");
  json::array ids;
  for (const auto& asset : options.assets) {
    const auto id = find_asset_id(api, asset);
    if (!id) return fail(id.error());
    ids.emplace_back(*id);
  }
  return json::object{{"assets", std::move(ids)}};
}

int start(const Options& options) {
  auto api = client_for(options.client);
  const auto what = what_of(api, options);
  if (!what) return failed(what.error());
  const auto answer =
      api.call("POST", "/api/v1/runs", *what, {.if_match = {}, .idempotency_key = options.key});
  if (!answer) return failed(answer.error());
  const auto id = text_at(answer->body, "/id");
  if (!options.waits) {
    if (options.client.is_json) {
      print(json::serialize(answer->body) + "\n");
    } else {
      print(fmt::format("run {} has {} jobs; `webmon run status {}` follows it\n", id,
                        text_at(answer->body, "/submitted"), id));
    }
    return kOk;
  }
  const StopSignals signals;
  Progress progress{"checked"};
  const auto status =
      follow_run(api, id, signals, [&](const RunStatus& s) { progress.show(s.ended(), s.total); });
  progress.finish();
  if (signals.is_set()) {
    remark("The run goes on; `webmon run status " + id +
           "` shows it, `webmon run cancel` ends it.");
    return kFailed;
  }
  if (!status) return failed(status.error());
  print_status(*status, options.client.is_json);
  return verdict(*status);
}

int status_of(const Options& options) {
  auto api = client_for(options.client);
  auto answer = api.call("GET", "/api/v1/runs/" + percent_encode(options.id));
  if (!answer) return failed(answer.error());
  const auto status = run_status(std::move(answer->body));
  print_status(status, options.client.is_json);
  return verdict(status);
}

int cancel(const Options& options) {
  auto api = client_for(options.client);
  const auto answer = api.call("POST", "/api/v1/runs/" + percent_encode(options.id) + "/cancel");
  if (!answer) return failed(answer.error());
  if (options.client.is_json) {
    print(json::serialize(answer->body) + "\n");
  } else {
    print("cancelled what had not ended; `webmon run status " + options.id + "` shows what had\n");
  }
  return kOk;
}

}  // namespace

void add_run(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand("run", "Check assets now: start, follow and cancel runs");
  command->require_subcommand(1);

  auto* starting = command->add_subcommand("start", "Push jobs for assets to the work queue");
  add_client_options(*starting, options->client);
  auto* assets = starting->add_option("ASSET", options->assets, "Assets, by id or URL");
  auto* tag =
      starting->add_option("--tag", options->tag, "All assets with this tag")->excludes(assets);
  starting->add_flag("--all", options->is_all, "All assets")->excludes(assets)->excludes(tag);
  starting->add_flag("--wait", options->waits, "Wait until all of it has ended");
  starting->add_option("--key", options->key,
                       "Idempotency key: the same key never makes a second run");
  starting->footer(
      "Exit codes: 0 (with --wait: all pages are up), 1 with --wait: something is not ok, 2 Webmon "
      "failed.\n"
      "Example: webmon run start --tag shop --wait");
  starting->callback([options, &status] { status = start(*options); });

  const auto add_one = [&](const char* name, const char* help, int (*action)(const Options&)) {
    auto* one = command->add_subcommand(name, help);
    add_client_options(*one, options->client);
    one->add_option("RUN", options->id, "The run's id")->required();
    one->callback([options, &status, action] { status = action(*options); });
    return one;
  };
  add_one("status", "Show where a run stands", status_of)
      ->footer("Exit codes: 0 so far all pages are up, 1 something is not ok, 2 Webmon failed.");
  add_one("cancel", "Cancel the jobs of a run that have not ended", cancel);
}

}  // namespace webmon::cli
