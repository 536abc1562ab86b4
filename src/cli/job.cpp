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

struct Options {
  ClientOptions client;
  std::string id;
};

int show(const Options& options) {
  auto api = client_for(options.client);
  const auto answer = api.call("GET", "/api/v1/jobs/" + percent_encode(options.id));
  if (!answer) return failed(answer.error());
  print_answer(answer->body, options.client.is_json);
  return text_at(answer->body, "/state") == "dead" ? kNotOk : kOk;
}

int cancel(const Options& options) {
  auto api = client_for(options.client);
  const auto answer = api.call("POST", "/api/v1/jobs/" + percent_encode(options.id) + "/cancel");
  if (!answer) return failed(answer.error());
  print_answer(answer->body, options.client.is_json);
  return is_true_at(answer->body, "/cancelled") ? kOk : kNotOk;
}

}  // namespace

void add_job(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand("job", "Show and cancel single jobs");
  command->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*action)(const Options&),
                       const char* footer) {
    auto* one = command->add_subcommand(name, help);
    add_client_options(*one, options->client);
    one->add_option("JOB", options->id, "The job's id")->required();
    one->footer(footer);
    one->callback([options, &status, action] { status = action(*options); });
  };
  add("show", "Show one job: its state, who has it, what came of it", show,
      "Exit codes: 0 shown, 1 the job is dead: Webmon could not run it, 2 no such job.\n"
      "API: GET /api/v1/jobs/{id}\n"
      "Example: webmon job show 0192f3c5-7a10-7cc2-9d5e-3f1b2a6c9e15");
  add("cancel", "Cancel one job that has not ended", cancel,
      "Exit codes: 0 cancelled, 1 it had ended already, 2 no such job.\n"
      "API: POST /api/v1/jobs/{id}/cancel\n"
      "Example: webmon job cancel 0192f3c5-7a10-7cc2-9d5e-3f1b2a6c9e15");
}

}  // namespace webmon::cli
