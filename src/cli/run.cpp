#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <memory>

#include "cli/asset_ref.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/print_json.hpp"
#include "cli/progress.hpp"
#include "cli/run_follow.hpp"
#include "cli/table.hpp"
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
  const auto answer = api.call("POST", "/api/v1/runs", *what, {.idempotency_key = options.key});
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
    return kInterrupted;
  }
  if (!status) return failed(status.error());
  print_answer(status->body, options.client.is_json);
  return verdict(*status);
}

int status_of(const Options& options) {
  auto api = client_for(options.client);
  auto answer = api.call("GET", "/api/v1/runs/" + percent_encode(options.id));
  if (!answer) return failed(answer.error());
  const auto status = run_status(std::move(answer->body));
  print_answer(status.body, options.client.is_json);
  return verdict(status);
}

// Every item of a list: as it is, or as a row.
int list_rows(const Options& options, const std::string& path, Table table,
              const std::function<std::vector<std::string>(const json::value&)>& row) {
  auto api = client_for(options.client);
  const auto listed = api.for_each(path, [&](const json::value& item) {
    if (options.client.is_json)
      print_json(item);
    else
      table.add(row(item));
  });
  if (!listed) return failed(listed.error());
  if (!options.client.is_json) print(table.render(terminal_look()));
  return kOk;
}

int list(const Options& options) {
  using enum Table::Align;
  return list_rows(options, "/api/v1/runs",
                   Table{{{"ID"},
                          {"CREATED"},
                          {"ENDED"},
                          {"JOBS", right},
                          {"DONE", right},
                          {"DEAD", right},
                          {"CANCELLED", right},
                          {"WHAT"}}},
                   [](const json::value& run) {
                     return std::vector<std::string>{text_at(run, "/id"),
                                                     text_at(run, "/created"),
                                                     is_true_at(run, "/has_ended") ? "yes" : "no",
                                                     text_at(run, "/jobs/total"),
                                                     text_at(run, "/jobs/done"),
                                                     text_at(run, "/jobs/dead"),
                                                     text_at(run, "/jobs/cancelled"),
                                                     text_at(run, "/what")};
                   });
}

int list_jobs(const Options& options) {
  using enum Table::Align;
  return list_rows(options, "/api/v1/runs/" + percent_encode(options.id) + "/jobs?limit=1000",
                   Table{{{"ID"},
                          {"ASSET"},
                          {"STATE", left, true},
                          {"RESULT", left, true},
                          {"ATTEMPTS", right},
                          {"ERROR"}}},
                   [](const json::value& job) {
                     return std::vector<std::string>{
                         text_at(job, "/id"),       text_at(job, "/asset"),
                         text_at(job, "/state"),    text_at(job, "/result"),
                         text_at(job, "/attempts"), text_at(job, "/error")};
                   });
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
  auto* command =
      root.add_subcommand("run", "Check assets now: start, list, follow and cancel runs");
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
      "API: POST /api/v1/runs\n"
      "Example: webmon run start --tag shop --wait");
  starting->callback([options, &status] { status = start(*options); });

  auto* listing = command->add_subcommand("list", "List the newest runs");
  add_client_options(*listing, options->client);
  listing->footer(
      "With --json: one run a line. Runs are kept for an hour after they ended.\n"
      "API: GET /api/v1/runs\n"
      "Example: webmon run list");
  listing->callback([options, &status] { status = list(*options); });

  const auto add_one = [&](const char* name, const char* help, int (*action)(const Options&)) {
    auto* one = command->add_subcommand(name, help);
    add_client_options(*one, options->client);
    one->add_option("RUN", options->id, "The run's id")->required();
    one->callback([options, &status, action] { status = action(*options); });
    return one;
  };
  add_one("status", "Show where a run stands", status_of)
      ->footer(
          "Exit codes: 0 so far all pages are up, 1 something is not ok, 2 Webmon failed.\n"
          "API: GET /api/v1/runs/{id}\n"
          "Example: webmon run status 0192f3c5-7a10-7cc2-9d5e-3f1b2a6c9e15");
  add_one("jobs", "List the jobs of a run", list_jobs)
      ->footer(
          "With --json: one job a line.\n"
          "API: GET /api/v1/runs/{id}/jobs\n"
          "Example: webmon run jobs 0192f3c5-7a10-7cc2-9d5e-3f1b2a6c9e15");
  add_one("cancel", "Cancel the jobs of a run that have not ended", cancel)
      ->footer(
          "API: POST /api/v1/runs/{id}/cancel, DELETE /api/v1/runs/{id}\n"
          "Example: webmon run cancel 0192f3c5-7a10-7cc2-9d5e-3f1b2a6c9e15");
}

}  // namespace webmon::cli
