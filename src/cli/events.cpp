#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>

#include "cli/api_client.hpp"
#include "cli/asset_ref.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/signals.hpp"
#include "cli/sse_reader.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr milliseconds kReconnect{2'000};
constexpr int kMostTries = 30;  ///< in a row without a single event

struct Options {
  ClientOptions client;
  std::string types, run, asset, tag, since;
};

std::string in_words(const SseEvent& event, const json::value& data) {
  if (event.type == "run") {
    return fmt::format("run {}: {} of {} done{}", text_at(data, "/id"), text_at(data, "/jobs/done"),
                       text_at(data, "/jobs/total"),
                       is_true_at(data, "/has_ended") ? ", ended" : "");
  }
  if (event.type == "lost") return "events are missing: " + text_at(data, "/reason");
  const auto state = text_at(data, "/state"), before = text_at(data, "/previous");
  const auto url = text_at(data, "/url");
  return fmt::format("{}  {}  {}", text_at(data, "/observed"),
                     state == before ? state : before + " -> " + state,
                     url.empty() ? text_at(data, "/asset") : url);
}

/// False: whoever reads standard output went away.
bool show(const SseEvent& event, const std::string& id, bool is_json) {
  json::error_code ec;
  auto data = json::parse(event.data, ec);
  if (ec) return true;
  if (is_json) {
    json::object line{{"event", event.type}, {"id", id}, {"data", std::move(data)}};
    print(json::serialize(line) + "\n");
  } else {
    print(printable(in_words(event, data)) + "\n");
  }
  return std::ferror(stdout) == 0;
}

Result<std::string> path_of(ApiClient& api, const Options& options) {
  std::string path = "/api/v1/events";
  const auto add = [&path](const char* name, const std::string& value) {
    if (!value.empty())
      path += (path.find('?') == path.npos ? "?" : "&") + (name + ("=" + percent_encode(value)));
  };
  add("types", options.types);
  add("run", options.run);
  add("tag", options.tag);
  if (!options.asset.empty()) {
    const auto id = find_asset_id(api, options.asset);
    if (!id) return fail(id.error());
    add("asset", *id);
  }
  return path;
}

int events(const Options& options) {
  auto api = client_for(options.client);
  const auto path = path_of(api, options);
  if (!path) return failed(path.error());
  const StopSignals signals;
  SseReader reader;
  std::string last_id = options.since;
  bool has_reader = true;
  int tries = 0;
  while (true) {
    ApiClient::Stream stream;
    stream.accept = "text/event-stream";
    if (!last_id.empty()) stream.headers.push_back("Last-Event-ID: " + last_id);
    stream.on_line = [&](std::string_view line) {
      const auto event = reader.feed(line);
      if (!reader.last_id().empty()) last_id = reader.last_id();
      if (event) {
        tries = 0;
        has_reader = show(*event, last_id, options.client.is_json);
      }
      return has_reader && !signals.is_set();
    };
    stream.goes_on = [&signals] { return !signals.is_set(); };
    const auto ended = api.stream("GET", *path, stream);
    if (signals.is_set() || !has_reader) return kOk;
    if (!ended && !is_retryable(ended.error().code)) return failed(ended.error());
    if (++tries > kMostTries)
      return failed(ended ? Error{Errc::bus_down, "the API ends the stream again and again"}
                          : ended.error());
    if (signals.wait(kReconnect)) return kOk;
  }
}

}  // namespace

void add_events(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command =
      root.add_subcommand("events", "Print results and the progress of runs as they come");
  add_client_options(*command, options->client);
  command->add_option("--types", options->types,
                      "Which, with commas: result, state (only those that changed a state), run");
  command->add_option("--run", options->run, "Only of the run with this id");
  command->add_option("--asset", options->asset, "Only of this asset, by id or URL");
  command->add_option("--tag", options->tag, "Only of assets with this tag");
  command->add_option("--since", options->since, "Go on behind the event with this id");
  command->footer(
      "Goes on after a restart of the API with what it missed. Ctrl-C ends it.\n"
      "Exit codes: 0 ended by Ctrl-C, 2 Webmon failed or was used wrongly.\n"
      "API: GET /api/v1/events\n"
      "Examples:\n"
      "  webmon events --types state\n"
      "  webmon events --json --tag shop | jq .data.url");
  command->callback([options, &status] { status = events(*options); });
}

}  // namespace webmon::cli
