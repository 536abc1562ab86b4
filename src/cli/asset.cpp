#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <optional>

#include "cli/api_client.hpp"
#include "cli/asset_ref.hpp"
#include "cli/commands.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/fields_text.hpp"
#include "cli/intervals.hpp"
#include "cli/json_read.hpp"
#include "cli/nets.hpp"
#include "cli/result_text.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

/// What of an asset the command line can set; absent = not given.
struct Fields {
  std::vector<std::string> tags;
  bool has_no_tags = false;
  bool is_on = false, is_off = false;
  bool is_insecure = false, is_secure = false;
  std::string method, body, url;
  std::string interval;  ///< a duration or "default"
  std::vector<std::string> headers;
  std::vector<std::string> on_plugins, off_plugins;
};

struct Options {
  ClientOptions client;
  Fields fields;
  std::vector<std::string> urls;
  std::string file, which, tag, state;
  bool waits = false;
};

Result<json::object> headers_of(const std::vector<std::string>& lines) {
  json::object headers;
  for (const auto& line : lines) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0)
      return fail(Errc::bad_input, fmt::format("--header \"{}\": write NAME: VALUE", line));
    const auto value = line.find_first_not_of(' ', colon + 1);
    headers[line.substr(0, colon)] = value == std::string::npos ? "" : line.substr(value);
  }
  return headers;
}

// Only what was given; `request` is replaced as a whole by the API, so it starts from what is
// there.
Result<json::object> patch_of(const Fields& fields, const json::value& before) {
  json::object patch;
  if (!fields.tags.empty() || fields.has_no_tags) patch["tags"] = json::value_from(fields.tags);
  if (fields.is_on || fields.is_off) patch["enabled"] = fields.is_on;
  if (fields.is_insecure || fields.is_secure)
    patch["tls"] = json::object{{"verify", fields.is_secure}};
  if (!fields.url.empty()) patch["url"] = fields.url;
  if (fields.interval == "default") {
    patch["interval_s"] = nullptr;
  } else if (!fields.interval.empty()) {
    const auto interval = parse_interval("--interval", fields.interval);
    if (!interval) return fail(interval.error());
    patch["interval_s"] = interval->count();
  }
  const auto old_of = [&](const char* pointer) {
    const auto* old = find(before, pointer);
    return old != nullptr && old->is_object() ? old->get_object() : json::object{};
  };
  if (!fields.method.empty() || !fields.body.empty() || !fields.headers.empty()) {
    auto request = old_of("/request");
    request.erase("auth");
    if (!fields.method.empty()) request["method"] = fields.method;
    if (!fields.body.empty()) request["body"] = fields.body;
    if (!fields.headers.empty()) {
      auto headers = headers_of(fields.headers);
      if (!headers) return fail(headers.error());
      request["headers"] = std::move(*headers);
    }
    patch["request"] = std::move(request);
  }
  if (!fields.on_plugins.empty() || !fields.off_plugins.empty()) {
    auto plugins = old_of("/plugins");
    const auto set = [&](const std::string& name, bool is_enabled) {
      auto& entry = plugins[name];
      if (!entry.is_object()) entry.emplace_object();
      entry.get_object()["enabled"] = is_enabled;
    };
    for (const auto& name : fields.on_plugins) set(name, true);
    for (const auto& name : fields.off_plugins) set(name, false);
    patch["plugins"] = std::move(plugins);
  }
  return patch;
}

std::string tags_of(const json::value& asset) {
  std::string out;
  for (const auto& tag : array_at(asset, "/tags"))
    if (tag.is_string()) out += (out.empty() ? "" : ",") + std::string{tag.get_string()};
  return out;
}

/// Its own; "-" if it has none.
std::string interval_of(const json::value& asset) {
  const auto* own = find(asset, "/interval_s");
  return own != nullptr && own->is_int64() ? duration_text(seconds{own->get_int64()}) : "-";
}

std::string durability(const json::value& answer) {
  if (is_true_at(answer, "/durable")) return "durable";
  const auto epoch = text_at(answer, "/epoch");
  return epoch.empty() ? "" : "durable with snapshot " + epoch;
}

std::string with_wait(std::string path, const Options& options) {
  return options.waits ? path + "?wait=snapshot" : path;
}

int add(Options& options) {
  if (!options.file.empty()) {
    const auto lines = read_url_file(options.file);
    if (!lines) return failed(lines.error());
    options.urls.insert(options.urls.end(), lines->begin(), lines->end());
  }
  if (options.urls.empty())
    return failed({Errc::bad_input, "no URL given: `webmon asset add URL…` or --file FILE"});
  const auto urls = parse_urls(options.urls);
  if (!urls) return failed(urls.error());
  auto api = client_for(options.client);
  Table table{{{"ID"}, {"URL"}, {"TAGS"}, {"SAVED"}}};
  int code = kOk;
  for (const auto& url : *urls) {
    auto body = patch_of(options.fields, nullptr);
    if (!body) return failed(body.error());
    (*body)["url"] = url.text;
    auto answer = api.call("POST", with_wait("/api/v1/assets", options), *body, {});
    const bool is_known = !answer && answer.error().code == Errc::conflict;
    if (is_known) answer = find_asset(api, url.text);
    if (!answer) return failed(answer.error());
    if (is_known) {
      code = kNotOk;
      complain(url.text + " is watched already and stays as it is; `webmon asset set` changes it");
    }
    if (options.client.is_json) print(json::serialize(answer->body) + "\n");
    table.add({text_at(answer->body, "/id"), text_at(answer->body, "/url"), tags_of(answer->body),
               is_known ? "was there already" : durability(answer->body)});
  }
  if (!options.client.is_json) print(table.render(0));
  return code;
}

int list(const Options& options) {
  auto api = client_for(options.client);
  std::string path = "/api/v1/assets?limit=500";
  if (!options.tag.empty()) path += "&tag=" + percent_encode(options.tag);
  if (!options.state.empty()) path += "&state=" + percent_encode(options.state);
  Table table{
      {{"ID"}, {"STATE", Table::Align::left, true}, {"ENABLED"}, {"EVERY"}, {"TAGS"}, {"URL"}}};
  const auto listed = api.for_each(path, [&](const json::value& asset) {
    if (options.client.is_json) {
      print(json::serialize(asset) + "\n");
      return;
    }
    table.add({text_at(asset, "/id"), text_at(asset, "/state"),
               is_true_at(asset, "/enabled") ? "yes" : "no", interval_of(asset), tags_of(asset),
               text_at(asset, "/url")});
  });
  if (!listed) return failed(listed.error());
  if (!options.client.is_json) print(table.render(terminal_look()));
  return kOk;
}

int show(const Options& options) {
  auto api = client_for(options.client);
  const auto asset = find_asset(api, options.which);
  if (!asset) return failed(asset.error());
  if (options.client.is_json) {
    print(json::serialize(asset->body) + "\n");
    return kOk;
  }
  print(render_fields(asset->body, terminal_width()));
  const auto reports =
      api.call("GET", "/api/v1/assets/" + text_at(asset->body, "/id") + "/reports");
  if (!reports) return failed(reports.error());
  const auto& items = array_at(reports->body, "/items");
  if (!items.empty())
    print("\n" + render_result(result_json(text_at(asset->body, "/url"),
                                           text_at(asset->body, "/state"), items),
                               terminal_look()));
  return kOk;
}

int set(const Options& options) {
  auto api = client_for(options.client);
  const auto before = find_asset(api, options.which);
  if (!before) return failed(before.error());
  const auto patch = patch_of(options.fields, before->body);
  if (!patch) return failed(patch.error());
  if (patch->empty())
    return failed({Errc::bad_input, "nothing to change was given; see `webmon asset set --help`"});
  const auto path = with_wait("/api/v1/assets/" + text_at(before->body, "/id"), options);
  const auto answer =
      api.call("PATCH", path, *patch, {.if_match = before->etag, .idempotency_key = {}});
  if (!answer) return failed(answer.error());
  if (options.client.is_json) {
    print(json::serialize(answer->body) + "\n");
  } else {
    print(fmt::format("{} is at version {} now {}\n", printable(text_at(answer->body, "/url")),
                      printable(text_at(answer->body, "/version")),
                      printable(durability(answer->body))));
  }
  return kOk;
}

int remove(const Options& options) {
  auto api = client_for(options.client);
  const auto id = find_asset_id(api, options.which);
  if (!id) return failed(id.error());
  const auto answer = api.call("DELETE", with_wait("/api/v1/assets/" + *id, options));
  if (!answer) return failed(answer.error());
  if (options.client.is_json) {
    print(json::serialize(answer->body) + "\n");
  } else {
    print("removed " + *id + ", with its statistics and history\n");
  }
  return kOk;
}

void add_fields(CLI::App& command, Fields& fields) {
  const auto many = [&](const char* name, std::vector<std::string>& target, const char* help) {
    command.add_option(name, target, help)->take_all()->allow_extra_args(false);
  };
  many("--tag", fields.tags, "Tag; may be repeated. Those given replace all");
  command.add_option("--interval", fields.interval,
                     "Check it every 30s, 5m, 12h, 1d …; \"default\": as its tags or all others");
  command.add_option("--method", fields.method, "How it is asked for")
      ->check(CLI::IsMember({"GET", "HEAD", "POST"}));
  many("--header", fields.headers,
       "\"Name: value\" to send; may be repeated. Those given replace all");
  command.add_option("--body", fields.body, "Body of a POST");
  many("--plugin", fields.on_plugins, "Switch this plugin on; may be repeated");
  many("--no-plugin", fields.off_plugins, "Switch this plugin off; may be repeated");
  auto* off = command.add_flag("--disable", fields.is_off, "Do not check it");
  command.add_flag("--enable", fields.is_on, "Check it")->excludes(off);
  auto* insecure = command.add_flag("--no-verify", fields.is_insecure,
                                    "Fetch it even if its certificate is not valid");
  command.add_flag("--verify", fields.is_secure, "Verify its certificate")->excludes(insecure);
}

using Action = int (*)(Options&);

CLI::App* add_action(CLI::App& parent, const char* name, const char* help,
                     std::shared_ptr<Options> options, int& status, Action action) {
  auto* command = parent.add_subcommand(name, help);
  add_client_options(*command, options->client);
  command->callback([options, &status, action] { status = action(*options); });
  return command;
}

void add_wait(CLI::App& command, Options& options) {
  command.add_flag("--wait", options.waits, "Answer when a snapshot holds the change on disk");
}

void add_which(CLI::App& command, Options& options) {
  command.add_option("ASSET", options.which, "Its id or its URL")->required();
}

}  // namespace

void add_asset(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command =
      root.add_subcommand("asset", "Add, list, show, change and remove what is watched");
  command->require_subcommand(1);

  auto* adding =
      add_action(*command, "add", "Add pages", options, status, [](Options& o) { return add(o); });
  adding->add_option("URL", options->urls, "Pages; a missing scheme is http");
  adding->add_option("--file", options->file,
                     "Read URLs from a file, one a line; - is standard input");
  add_fields(*adding, options->fields);
  add_wait(*adding, *options);
  adding->footer(
      "Exit codes: 0 added, 1 one of them was there already, 2 Webmon failed or was used wrongly.\n"
      "API: POST /api/v1/assets\n"
      "Example: webmon asset add https://example.org --tag shop --tag eu");

  auto* listing = add_action(*command, "list", "List assets", options, status,
                             [](Options& o) { return list(o); });
  auto* tag = listing->add_option("--tag", options->tag, "Only those with this tag");
  listing->add_option("--state", options->state, "Only those in this state")
      ->check(CLI::IsMember({"unknown", "up", "degraded", "changed", "down", "inconclusive",
                             "paused", "maintenance"}))
      ->excludes(tag);
  listing->footer(
      "With --json: one asset a line.\n"
      "API: GET /api/v1/assets\n"
      "Example: webmon asset list --state down");

  auto* showing = add_action(*command, "show", "Show one asset and its latest reports", options,
                             status, [](Options& o) { return show(o); });
  add_which(*showing, *options);
  showing->footer(
      "API: GET /api/v1/assets/{id}, GET /api/v1/assets/{id}/reports\n"
      "Example: webmon asset show https://example.org");

  auto* setting = add_action(*command, "set", "Change an asset", options, status,
                             [](Options& o) { return set(o); });
  add_which(*setting, *options);
  add_fields(*setting, options->fields);
  setting->add_option("--url", options->fields.url, "Its new URL");
  setting->add_flag("--no-tags", options->fields.has_no_tags, "Remove all tags");
  add_wait(*setting, *options);
  setting->footer(
      "API: PATCH /api/v1/assets/{id}\n"
      "Example: webmon asset set https://example.org --tag shop --no-plugin content-hash");

  auto* removing = add_action(*command, "rm", "Remove an asset with its statistics and history",
                              options, status, [](Options& o) { return remove(o); });
  add_which(*removing, *options);
  add_wait(*removing, *options);
  removing->footer(
      "API: DELETE /api/v1/assets/{id}\n"
      "Example: webmon asset rm https://example.org");
}

}  // namespace webmon::cli
