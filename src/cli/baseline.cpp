// `webmon baseline`: what a page is compared with, and decisions on its changes.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/action.hpp"
#include "cli/api_client.hpp"
#include "cli/asset_ref.hpp"
#include "cli/asset_subcommands.hpp"
#include "cli/commands.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/print_json.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  std::vector<std::string> which;
  std::string tag, lasting = "1h";
  bool waits = false;
};

std::string path_of(const std::string& id) { return "/api/v1/assets/" + id + "/baseline"; }

std::string decided(const json::value& body, const char* pointer, std::string_view what) {
  const auto at = text_at(body, pointer);
  return at.empty() ? "" : fmt::format("{} {}\n", what, printable(at));
}

std::string describe(const json::value& body) {
  const auto accepted = number_at(body, "/accepted").value_or(0);
  const auto is_compared = body.at("compared").is_bool() && body.at("compared").get_bool();
  std::string out = is_compared
                        ? fmt::format("compared with {:.0f} observations", accepted)
                        : fmt::format("not compared yet: {:.0f} of 20 observations", accepted);
  out += fmt::format("; something was new in {:.0f} % of the recent ones\n",
                     100 * number_at(body, "/changes").value_or(0));
  if (const auto since = text_at(body, "/waiting/since"); !since.empty()) {
    const auto times = number_at(body, "/waiting/times").value_or(0);
    out += fmt::format(
        "a change waits since {}, seen {}, score {:.1f}: `webmon baseline approve` takes it as the "
        "page's own, `reject` never does\n",
        printable(since), times > 1 ? fmt::format("{:.0f} times in a row", times) : "once",
        number_at(body, "/waiting/score").value_or(0));
  } else {
    out += "no change waits\n";
  }
  return out + decided(body, "/approved", "last approved") +
         decided(body, "/rejected", "last rejected") +
         decided(body, "/expected_until", "changes are expected until");
}

int show(Options& options) {
  auto api = client_for(options.client);
  const auto ids = find_asset_ids(api, options.which, options.tag);
  if (!ids) return failed(ids.error());
  for (const auto& id : *ids) {
    const auto answer = api.call("GET", path_of(id));
    if (!answer) return failed(answer.error());
    if (options.client.is_json) {
      print_json(answer->body);
    } else {
      print((ids->size() > 1 ? id + ": " : "") + describe(answer->body));
    }
  }
  return kOk;
}

int decide(Options& options, const json::object& decision, std::string_view done) {
  auto api = client_for(options.client);
  const auto ids = find_asset_ids(api, options.which, options.tag);
  if (!ids) return failed(ids.error());
  for (const auto& id : *ids) {
    const bool waits = options.waits && &id == &ids->back();  // it covers those before
    const auto answer = api.call("POST", with_wait(path_of(id), waits), decision, {});
    if (!answer) return failed(answer.error());
    if (options.client.is_json) print_json(answer->body);
  }
  if (!options.client.is_json) print(fmt::format("{} {}\n", ids->size(), done));
  return kOk;
}

int approve(Options& options) {
  return decide(options, {{"action", "approve"}},
                "approved: what was seen is the page's own from the next check on");
}
int reject(Options& options) {
  return decide(options, {{"action", "reject"}}, "rejected: what was seen stays an alert");
}
int expect(Options& options) {
  const auto lasting = parse_duration(options.lasting);
  if (!lasting) {
    return failed({Errc::bad_input, "--for " + options.lasting + ": must be as 30m, 2h or 0"});
  }
  const auto whole = std::chrono::duration_cast<seconds>(*lasting).count();
  return decide(options, {{"action", "expect"}, {"for_s", whole}},
                whole == 0 ? "expected to be as known again"
                           : "expected to change; all that is seen until then is learned");
}

}  // namespace

void add_baseline(CLI::App& root, int& status) {
  auto* baseline =
      root.add_subcommand("baseline", "Show what pages are compared with; decide on changes");
  baseline->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* help, int (*action)(Options&)) {
    auto* command = add_action(*baseline, name, help, options, status, action);
    command->add_option("ASSET", options->which, "Their ids or URLs");
    command->add_option("--tag", options->tag, "All with this tag");
    return command;
  };
  const auto add_decision = [&](const char* name, const char* help, int (*action)(Options&),
                                const char* example) {
    auto* command = add(name, help, action);
    add_wait_flag(*command, options->waits);
    command->footer(fmt::format("API: POST /api/v1/assets/{{id}}/baseline\nExample: {}", example));
    return command;
  };
  add("show", "What a page is compared with, and which change waits", show)
      ->footer(
          "API: GET /api/v1/assets/{id}/baseline\n"
          "Example: webmon baseline show https://example.org");
  add_decision("approve", "The change that waits is the page's own", approve,
               "webmon baseline approve https://example.org");
  add_decision("reject", "The change that waits stays an alert, however often it is seen", reject,
               "webmon baseline reject https://example.org");
  add_decision("expect", "Changes are expected for a while: learn all that is seen", expect,
               "webmon baseline expect --tag shop --for 30m")
      ->add_option("--for", options->lasting, "How long; 0 ends it (default: 1h)");
}

}  // namespace webmon::cli
