#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <optional>

#include "cli/action.hpp"
#include "cli/api_client.hpp"
#include "cli/asset_export.hpp"
#include "cli/asset_import.hpp"
#include "cli/asset_ref.hpp"
#include "cli/asset_subcommands.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/fields_text.hpp"
#include "cli/json_read.hpp"
#include "cli/nets.hpp"
#include "cli/option_fields.hpp"
#include "cli/result_text.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

/// What of an asset the command line can set; absent = not given.
struct Fields {
  OptionFields options;
  std::vector<std::string> tags;
  bool has_no_tags = false;
  bool is_on = false, is_off = false;
  std::string url;
};

struct Options {
  ClientOptions client;
  Fields fields;
  std::vector<std::string> urls;
  std::string file, which;
  ExportOptions query;  ///< of list and export
  std::vector<std::string> include;
  bool is_removed = false;
  bool waits = false;
};

/// Only what was given.
Result<json::object> patch_of(const Fields& fields, const json::value& before) {
  auto patch = options_patch(fields.options, before);
  if (!patch) return patch;
  if (!fields.tags.empty() || fields.has_no_tags) (*patch)["tags"] = json::value_from(fields.tags);
  if (fields.is_on || fields.is_off) (*patch)["enabled"] = fields.is_on;
  if (!fields.url.empty()) (*patch)["url"] = fields.url;
  return patch;
}

std::string tags_of(const json::value& asset) {
  std::string out;
  for (const auto& tag : array_at(asset, "/tags"))
    if (tag.is_string()) out += (out.empty() ? "" : ",") + std::string{tag.get_string()};
  return out;
}

std::string durability(const json::value& answer) {
  if (is_true_at(answer, "/durable")) return "durable";
  const auto epoch = text_at(answer, "/epoch");
  return epoch.empty() ? "" : "durable with snapshot " + epoch;
}

int add_file(const Options& options) {
  auto fields = patch_of(options.fields, nullptr);
  if (!fields) return failed(fields.error());
  auto api = client_for(options.client);
  return import_assets(api, {.file = options.file,
                             .fields = std::move(*fields),
                             .waits = options.waits,
                             .is_json = options.client.is_json});
}

int add(Options& options) {
  if (!options.file.empty() && options.urls.empty()) return add_file(options);
  if (!options.file.empty())
    return failed({Errc::bad_input, "give URLs or --file FILE, not both: write the URLs into it"});
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
    auto answer = api.call("POST", with_wait("/api/v1/assets", options.waits), *body, {});
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

int list(Options& options) {
  auto api = client_for(options.client);
  if (!options.query.where.empty() || !options.query.by.empty())
    return options.client.is_json ? export_assets(api, options.query)
                                  : list_by_metrics(api, options.query);
  std::string path = "/api/v1/assets?limit=500";
  if (const auto query = query_of(options.query.filters); !query.empty()) path += "&" + query;
  if (options.is_removed) path += "&removed=true";
  Table table{
      {{"ID"}, {"STATE", Table::Align::left, true}, {"ENABLED"}, {"EVERY"}, {"TAGS"}, {"URL"}}};
  const auto listed = api.for_each(path, [&](const json::value& asset) {
    if (options.client.is_json) {
      print(json::serialize(asset) + "\n");
      return;
    }
    table.add({text_at(asset, "/id"), text_at(asset, "/state"),
               is_true_at(asset, "/enabled") ? "yes" : "no", interval_text(asset), tags_of(asset),
               text_at(asset, "/url")});
  });
  if (!listed) return failed(listed.error());
  if (!options.client.is_json) print(table.render(terminal_look()));
  return kOk;
}

/// What groups say for it; empty if nothing.
std::string render_effective(const json::value& effective) {
  std::string out;
  const auto add = [&](std::string_view option, const std::string& value, std::string_view from) {
    if (from.starts_with("group:"))
      out += printable(fmt::format("{}: {} (group {})", option, value, from.substr(6))) + "\n";
  };
  add("every", interval_text(effective), text_at(effective, "/from/interval_s"));
  for (const auto* option : {"request", "tls", "ignore", "sensitivity"})
    if (const auto* value = find(effective, fmt::format("/{}", option)))
      add(option, json::serialize(*value), text_at(effective, fmt::format("/from/{}", option)));
  const auto* plugins = find(effective, "/plugins");
  const auto* givers = find(effective, "/from/plugins");
  if (plugins == nullptr || givers == nullptr || !plugins->is_object() || !givers->is_object())
    return out;
  for (const auto& [name, giver] : givers->get_object())
    if (const auto* value = plugins->get_object().if_contains(name); value && giver.is_string())
      add(name, json::serialize(*value), giver.get_string());
  return out.empty() ? out : "\nof its groups:\n" + out;
}

int show(Options& options) {
  auto api = client_for(options.client);
  const auto asset = find_asset(api, options.which);
  if (!asset) return failed(asset.error());
  if (options.client.is_json) {
    print(json::serialize(asset->body) + "\n");
    return kOk;
  }
  print(render_fields(asset->body, terminal_width()));
  const auto path = "/api/v1/assets/" + text_at(asset->body, "/id");
  const auto effective = api.call("GET", path + "/effective");
  if (!effective) return failed(effective.error());
  print(render_effective(effective->body));
  const auto reports = api.call("GET", path + "/reports");
  if (!reports) return failed(reports.error());
  const auto& items = array_at(reports->body, "/items");
  if (!items.empty())
    print("\n" + render_result(result_json(text_at(asset->body, "/url"),
                                           text_at(asset->body, "/state"), items),
                               terminal_look()));
  return kOk;
}

int set(Options& options) {
  auto api = client_for(options.client);
  const auto before = find_asset(api, options.which);
  if (!before) return failed(before.error());
  const auto patch = patch_of(options.fields, before->body);
  if (!patch) return failed(patch.error());
  if (patch->empty())
    return failed({Errc::bad_input, "nothing to change was given; see `webmon asset set --help`"});
  const auto path = with_wait("/api/v1/assets/" + text_at(before->body, "/id"), options.waits);
  const auto answer = api.call("PATCH", path, *patch, {.if_match = before->etag});
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

int export_all(Options& options) {
  for (const auto& word : options.include)
    options.query.include += (options.query.include.empty() ? "" : ",") + word;
  auto api = client_for(options.client);
  return export_assets(api, options.query);
}

void add_fields(CLI::App& command, Fields& fields) {
  add_many(command, "--tag", fields.tags, "Tag; may be repeated. Those given replace all");
  add_option_fields(command, fields.options);
  auto* off = command.add_flag("--disable", fields.is_off, "Do not check it");
  command.add_flag("--enable", fields.is_on, "Check it")->excludes(off);
}

void add_filters(CLI::App& command, Options& options) {
  auto& filters = options.query.filters;
  command.add_option("--tag", filters.tag, "Only those with this tag");
  command.add_option("--state", filters.state, "Only those in this state")
      ->check(CLI::IsMember({"unknown", "up", "degraded", "changed", "down", "inconclusive",
                             "paused", "maintenance"}));
  command.add_option("--host", filters.host, "Only those of this host");
  command.add_option("--text", filters.text, "Only those whose URL has this text, in any case");
  command.add_option("--enabled", filters.enabled, "true or false");
  command
      .add_option("--where", options.query.where,
                  "Only those whose latest metric fulfils this: 'total_ms > 500'; may be repeated. "
                  "Operators: > >= < <= = !=. `webmon plugins` lists metrics")
      ->take_all()
      ->allow_extra_args(false);
  auto* by = command.add_option("--by", options.query.by,
                                "The largest of this metric first; -METRIC: the smallest");
  command.add_option("--top", options.query.top, "How many of them (default 20)")->needs(by);
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

  auto* adding = add_action(*command, "add", "Add pages", options, status, add);
  adding->add_option("URL", options->urls, "Pages; a missing scheme is http");
  adding->add_option(
      "--file", options->file,
      "Read any number of pages from a file: a URL a line, or NDJSON as `webmon asset "
      "export` writes it; - is standard input");
  add_fields(*adding, options->fields);
  add_wait_flag(*adding, options->waits);
  adding->footer(
      "Exit codes: 0 added, 1 one of them was there already, 2 Webmon failed or was used wrongly.\n"
      "With --file, pages that are there already get the options given, so that it can be "
      "repeated;\n"
      "1 means that lines were bad: they are told with their numbers, all others are added.\n"
      "API: POST /api/v1/assets, POST /api/v1/assets:bulk\n"
      "Examples:\n"
      "  webmon asset add https://example.org --tag shop --tag eu\n"
      "  webmon asset add --file urls.txt --tag shop --interval 5m");

  auto* listing = add_action(*command, "list", "List assets", options, status, list);
  add_filters(*listing, *options);
  listing->add_flag("--removed", options->is_removed, "Removed ones that can be restored");
  listing->footer(
      "With --json: one asset a line. --where, --by and --top look at the latest metrics.\n"
      "API: GET /api/v1/assets, GET /api/v1/assets:export\n"
      "Examples:\n"
      "  webmon asset list --state down\n"
      "  webmon asset list --by total_ms --top 20");

  auto* exporting =
      add_action(*command, "export", "Write assets as NDJSON, as `asset add --file` reads it",
                 options, status, export_all);
  add_filters(*exporting, *options);
  exporting->add_option("--include", options->include, "metrics, reports: of the latest check")
      ->delimiter(',');
  exporting->footer(
      "API: GET /api/v1/assets:export\n"
      "Example: webmon asset export --tag shop --include metrics > shop.ndjson");

  auto* showing =
      add_action(*command, "show", "Show one asset and its latest reports", options, status, show);
  add_which(*showing, *options);
  showing->footer(
      "API: GET /api/v1/assets/{id}, GET /api/v1/assets/{id}/effective, GET "
      "/api/v1/assets/{id}/reports\n"
      "Example: webmon asset show https://example.org");

  auto* setting = add_action(*command, "set", "Change an asset", options, status, set);
  add_which(*setting, *options);
  add_fields(*setting, options->fields);
  setting->add_option("--url", options->fields.url, "Its new URL");
  setting->add_flag("--no-tags", options->fields.has_no_tags, "Remove all tags");
  add_wait_flag(*setting, options->waits);
  setting->footer(
      "API: PATCH /api/v1/assets/{id}\n"
      "Example: webmon asset set https://example.org --tag shop --no-plugin content-hash");

  add_asset_removal(*command, status);
  add_asset_switches(*command, status);
}

}  // namespace webmon::cli
