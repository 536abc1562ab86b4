#include "lib/core/group.hpp"

#include "lib/core/json_fields.hpp"

namespace webmon {
namespace {

namespace json = boost::json;
using Tags = std::vector<std::string>;

/// The first of `tags` whose group fulfils `says`; "" if none does.
template <class F>
std::string_view first_giver(const Tags& tags, const Groups& groups, F&& says) {
  for (const auto& tag : tags)
    if (const auto at = groups.find(tag); at != groups.end() && says(at->second.options))
      return tag;
  return {};
}

const AssetOptions& options_of(std::string_view tag, const Groups& groups) {
  return groups.find(tag)->second.options;
}

void inherit_plugins(Asset& asset, const Groups& groups) {
  for (const auto& tag : asset.tags) {
    const auto at = groups.find(tag);
    if (at == groups.end()) continue;
    for (const auto& [name, options] : at->second.options.plugins)
      asset.plugins.emplace(name, options);  // keeps what is there: its own, an earlier tag's
  }
}

}  // namespace

Result<AssetOptions> parse_group_options(const json::object& body) {
  AssetOptionsPatch patch;
  for (const auto& [key, value] : body) {
    const auto is_option = read_option(view(key), value, patch);
    if (!is_option) return fail(is_option.error());
    if (!*is_option)
      return refuse(
          view(key),
          "unknown field; a group has interval_s, request, tls, ignore, sensitivity, plugins");
  }
  AssetOptions options;
  apply_options(patch, options);
  return options;
}

json::object to_json(std::string_view tag, const Group& group) {
  json::object out{{"tag", tag}};
  for (auto& [key, value] : options_json(group.options)) out.emplace(key, std::move(value));
  out["version"] = group.version;
  out["updated"] = to_rfc3339(group.updated);
  return out;
}

std::string_view interval_giver(const Tags& tags, const Groups& groups) {
  std::string_view giver;
  std::optional<seconds> shortest;
  for (const auto& tag : tags) {
    const auto at = groups.find(tag);
    if (at == groups.end() || !at->second.options.interval) continue;
    if (shortest && *shortest <= *at->second.options.interval) continue;
    shortest = at->second.options.interval;
    giver = tag;
  }
  return giver;
}

std::string_view request_giver(const Tags& tags, const Groups& groups) {
  return first_giver(tags, groups, [](const AssetOptions& o) { return o.request.has_value(); });
}

std::string_view tls_giver(const Tags& tags, const Groups& groups) {
  return first_giver(tags, groups, [](const AssetOptions& o) { return o.tls_verify.has_value(); });
}

std::string_view ignore_giver(const Tags& tags, const Groups& groups) {
  return first_giver(tags, groups, [](const AssetOptions& o) { return o.ignore.has_value(); });
}

std::string_view sensitivity_giver(const Tags& tags, const Groups& groups) {
  return first_giver(tags, groups, [](const AssetOptions& o) { return o.sensitivity.has_value(); });
}

std::string_view plugin_giver(const Tags& tags, const Groups& groups, std::string_view plugin) {
  return first_giver(tags, groups,
                     [&](const AssetOptions& o) { return o.plugins.contains(plugin); });
}

void inherit(Asset& asset, const Groups& groups) {
  if (groups.empty() || asset.tags.empty()) return;
  if (!asset.interval)
    if (const auto tag = interval_giver(asset.tags, groups); !tag.empty())
      asset.interval = options_of(tag, groups).interval;
  if (!asset.request)
    if (const auto tag = request_giver(asset.tags, groups); !tag.empty())
      asset.request = options_of(tag, groups).request;
  if (!asset.tls_verify)
    if (const auto tag = tls_giver(asset.tags, groups); !tag.empty())
      asset.tls_verify = options_of(tag, groups).tls_verify;
  if (!asset.ignore)
    if (const auto tag = ignore_giver(asset.tags, groups); !tag.empty())
      asset.ignore = options_of(tag, groups).ignore;
  if (!asset.sensitivity)
    if (const auto tag = sensitivity_giver(asset.tags, groups); !tag.empty())
      asset.sensitivity = options_of(tag, groups).sensitivity;
  inherit_plugins(asset, groups);
}

}  // namespace webmon
