// `webmon group`: tags with defaults for their assets.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "cli/action.hpp"
#include "cli/api_client.hpp"
#include "cli/asset_subcommands.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/fields_text.hpp"
#include "cli/json_read.hpp"
#include "cli/option_fields.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

struct Options {
  ClientOptions client;
  OptionFields fields;
  std::string tag;
  bool waits = false;
};

std::string path_of(const Options& options) {
  return "/api/v1/groups/" + percent_encode(options.tag);
}

/// "POST, 2 headers"; "-" if the group says nothing of it.
std::string request_text(const json::value& group) {
  const auto method = text_at(group, "/request/method");
  if (method.empty()) return "-";
  const auto* headers = find(group, "/request/headers");
  const auto count = headers != nullptr && headers->is_object() ? headers->get_object().size() : 0;
  return count == 0 ? method : fmt::format("{}, {} header{}", method, count, count == 1 ? "" : "s");
}

std::string tls_text(const json::value& group) {
  const auto verify = text_at(group, "/tls/verify");
  return verify.empty() ? "-" : verify == "true" ? "verified" : "not verified";
}

/// "2 rules"; "-" if the group says nothing of it.
std::string ignore_text(const json::value& group) {
  const auto* rules = find(group, "/ignore");
  if (rules == nullptr || !rules->is_array()) return "-";
  const auto count = rules->get_array().size();
  return fmt::format("{} rule{}", count, count == 1 ? "" : "s");
}

/// "12 a year"; "-" if the group says nothing of it.
std::string sensitivity_text(const json::value& group) {
  const auto number = number_at(group, "/sensitivity");
  return number ? human_number(*number) + " a year" : "-";
}

/// "no html-stats, tls-cert"; "-" if the group says nothing of any.
std::string plugins_text(const json::value& group) {
  std::string out;
  const auto* plugins = find(group, "/plugins");
  if (plugins == nullptr || !plugins->is_object()) return "-";
  for (const auto& [name, options] : plugins->get_object()) {
    const bool is_off = text_at(options, "/enabled") == "false";
    out += (out.empty() ? "" : ", ") + std::string{is_off ? "no " : ""} + std::string{name};
  }
  return out.empty() ? "-" : out;
}

int list(Options& options) {
  auto api = client_for(options.client);
  Table table{{{"TAG"},
               {"EVERY"},
               {"REQUEST"},
               {"CERTIFICATE"},
               {"IGNORES"},
               {"SENSITIVITY"},
               {"PLUGINS"}}};
  const auto listed = api.for_each("/api/v1/groups?limit=1000", [&](const json::value& group) {
    if (options.client.is_json) return print(json::serialize(group) + "\n");
    table.add({text_at(group, "/tag"), interval_text(group), request_text(group), tls_text(group),
               ignore_text(group), sensitivity_text(group), plugins_text(group)});
  });
  if (!listed) return failed(listed.error());
  if (!options.client.is_json) print(table.render(terminal_look()));
  return kOk;
}

int show(Options& options) {
  auto api = client_for(options.client);
  const auto group = api.call("GET", path_of(options));
  if (!group) return failed(group.error());
  print(options.client.is_json ? json::serialize(group->body) + "\n"
                               : render_fields(group->body, terminal_width()));
  return kOk;
}

/// The group's options as they are, or none if there is no such group.
struct Before {
  json::object options;
  ApiClient::Extra condition;  ///< that it is still so
};
Result<Before> read_before(ApiClient& api, const Options& options) {
  const auto group = api.call("GET", path_of(options));
  if (!group && group.error().code == Errc::not_found)
    return Before{.options = {}, .condition = {.is_new = true}};
  if (!group) return fail(group.error());
  Before before{.options = {}, .condition = {.if_match = group->etag}};
  for (const auto* name : {"interval_s", "request", "tls", "ignore", "sensitivity", "plugins"})
    if (const auto* said = find(group->body, fmt::format("/{}", name)))
      before.options[name] = *said;
  return before;
}

int set(Options& options) {
  auto api = client_for(options.client);
  auto before = read_before(api, options);
  if (!before) return failed(before.error());
  auto patch = options_patch(options.fields, before->options);
  if (!patch) return failed(patch.error());
  if (patch->empty())
    return failed({Errc::bad_input, "nothing to set was given; see `webmon group set --help`"});
  for (auto& [name, value] : *patch) before->options[name] = std::move(value);
  const auto answer = api.call("PUT", with_wait(path_of(options), options.waits), before->options,
                               before->condition);
  if (!answer) return failed(answer.error());
  if (options.client.is_json) {
    print(json::serialize(answer->body) + "\n");
  } else {
    print(fmt::format("group {} is {}; in force within seconds for all assets with this tag\n",
                      printable(options.tag), answer->status == 201 ? "made" : "changed"));
  }
  return kOk;
}

int remove(Options& options) {
  auto api = client_for(options.client);
  const auto answer = api.call("DELETE", with_wait(path_of(options), options.waits));
  if (!answer) return failed(answer.error());
  print(options.client.is_json
            ? json::serialize(answer->body) + "\n"
            : fmt::format("group {} is removed; its assets stay\n", printable(options.tag)));
  return kOk;
}

void add_tag(CLI::App& command, Options& options) {
  command.add_option("TAG", options.tag, "The tag")->required();
}

}  // namespace

void add_group(CLI::App& root, int& status) {
  auto options = std::make_shared<Options>();
  auto* command = root.add_subcommand("group", "Give tags defaults for their assets");
  command->require_subcommand(1);

  add_action(*command, "list", "List groups", options, status, list)
      ->footer("API: GET /api/v1/groups\nExample: webmon group list");

  auto* showing = add_action(*command, "show", "Show one group", options, status, show);
  add_tag(*showing, *options);
  showing->footer("API: GET /api/v1/groups/{group}\nExample: webmon group show shop");

  auto* setting = add_action(*command, "set", "Make or change a group", options, status, set);
  add_tag(*setting, *options);
  add_option_fields(*setting, options->fields);
  add_wait_flag(*setting, options->waits);
  setting->footer(
      "What is not named stays as it is. An asset's own options stand above those of its groups.\n"
      "API: PUT /api/v1/groups/{group}\n"
      "Examples:\n"
      "  webmon group set shop --interval 1m --no-plugin content-hash\n"
      "  webmon group set staging --no-verify --header 'X-Watched-By: webmon'");

  auto* removing =
      add_action(*command, "remove", "Remove a group; its assets stay", options, status, remove);
  add_tag(*removing, *options);
  add_wait_flag(*removing, options->waits);
  removing->footer("API: DELETE /api/v1/groups/{group}\nExample: webmon group remove shop");
}

}  // namespace webmon::cli
