#include "cli/option_fields.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/duration.hpp"
#include "cli/intervals.hpp"
#include "cli/json_read.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

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

json::object object_at(const json::value& before, const char* pointer) {
  const auto* old = find(before, pointer);
  return old != nullptr && old->is_object() ? old->get_object() : json::object{};
}

Result<json::object> request_patch(const OptionFields& fields, const json::value& before) {
  auto request = object_at(before, "/request");
  request.erase("auth");
  if (!fields.method.empty()) request["method"] = fields.method;
  if (!fields.body.empty()) request["body"] = fields.body;
  if (fields.headers.empty()) return request;
  auto headers = headers_of(fields.headers);
  if (!headers) return fail(headers.error());
  request["headers"] = std::move(*headers);
  return request;
}

json::object plugins_patch(const OptionFields& fields, const json::value& before) {
  auto plugins = object_at(before, "/plugins");
  const auto set = [&](const std::string& name, bool is_enabled) {
    auto& entry = plugins[name];
    if (!entry.is_object()) entry.emplace_object();
    entry.get_object()["enabled"] = is_enabled;
  };
  for (const auto& name : fields.on_plugins) set(name, true);
  for (const auto& name : fields.off_plugins) set(name, false);
  return plugins;
}

Result<void> add_interval(const std::string& text, json::object& patch) {
  if (text.empty()) return {};
  patch["interval_s"] = nullptr;
  if (text == "default") return {};
  const auto interval = parse_interval("--interval", text);
  if (!interval) return fail(interval.error());
  patch["interval_s"] = interval->count();
  return {};
}

}  // namespace

void add_many(CLI::App& command, const char* name, std::vector<std::string>& target,
              const char* help) {
  command.add_option(name, target, help)->take_all()->allow_extra_args(false);
}

void add_ignore_fields(CLI::App& command, IgnoreFields& fields) {
  add_many(command, "--ignore-css", fields.css,
           "Compare pages without the elements that this CSS selector selects; may be repeated. "
           "The --ignore options given replace all rules");
  add_many(command, "--ignore-attribute", fields.attributes,
           "Compare them without this attribute: NAME, or \"NAME SELECTOR\" for some elements "
           "only");
  add_many(command, "--ignore-regex", fields.regexes,
           "Compare them without what this regular expression (RE2) matches in their source");
}

json::array ignore_json(const IgnoreFields& fields) {
  json::array rules;
  for (const auto& css : fields.css) rules.push_back(json::object{{"css", css}});
  for (const auto& text : fields.attributes) {
    const auto space = text.find(' ');
    json::object rule{{"attribute", text.substr(0, space)}};
    if (space != std::string::npos) rule["css"] = text.substr(space + 1);
    rules.push_back(std::move(rule));
  }
  for (const auto& regex : fields.regexes) rules.push_back(json::object{{"regex", regex}});
  return rules;
}

void add_option_fields(CLI::App& command, OptionFields& fields) {
  command.add_option("--interval", fields.interval,
                     "Check every 30s, 5m, 12h, 1d …; \"default\": nothing is said here");
  command.add_option("--method", fields.method, "How pages are asked for")
      ->check(CLI::IsMember({"GET", "HEAD", "POST"}));
  add_many(command, "--header", fields.headers,
           "\"Name: value\" to send; may be repeated. Those given replace all");
  command.add_option("--body", fields.body, "Body of a POST");
  add_many(command, "--plugin", fields.on_plugins, "Switch this plugin on; may be repeated");
  add_many(command, "--no-plugin", fields.off_plugins, "Switch this plugin off; may be repeated");
  add_ignore_fields(command, fields.ignore);
  command.add_option("--sensitivity", fields.sensitivity,
                     "False alerts a year that are acceptable of a page, e.g. 12; fewer make it "
                     "less sensitive");
  auto* insecure = command.add_flag("--no-verify", fields.is_insecure,
                                    "Fetch pages even if the certificate is not valid");
  command.add_flag("--verify", fields.is_secure, "Verify certificates")->excludes(insecure);
  command
      .add_option(
          "--unset", fields.unset,
          "Say no longer: request (method, headers, body), tls, ignore, sensitivity "
          "or plugins. An asset then has what its groups say, or the default; may be repeated")
      ->take_all()
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"request", "tls", "ignore", "sensitivity", "plugins"}));
}

Result<json::object> options_patch(const OptionFields& fields, const json::value& before) {
  json::object patch;
  for (const auto& name : fields.unset) patch[name] = nullptr;
  if (patch.contains("plugins")) patch["plugins"] = json::object{};
  if (fields.is_insecure || fields.is_secure)
    patch["tls"] = json::object{{"verify", fields.is_secure}};
  if (!fields.ignore.is_empty()) patch["ignore"] = ignore_json(fields.ignore);
  if (fields.sensitivity) patch["sensitivity"] = *fields.sensitivity;
  if (auto added = add_interval(fields.interval, patch); !added) return fail(added.error());
  if (!fields.method.empty() || !fields.body.empty() || !fields.headers.empty()) {
    auto request = request_patch(fields, before);
    if (!request) return request;
    patch["request"] = std::move(*request);
  }
  if (!fields.on_plugins.empty() || !fields.off_plugins.empty())
    patch["plugins"] = plugins_patch(fields, before);
  return patch;
}

std::string interval_text(const json::value& asset_or_group) {
  const auto* own = find(asset_or_group, "/interval_s");
  return own != nullptr && own->is_int64() ? duration_text(seconds{own->get_int64()}) : "-";
}

}  // namespace webmon::cli
