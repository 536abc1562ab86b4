#include "lib/core/asset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/core/json_fields.hpp"

namespace webmon {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxTags = 32;
constexpr std::size_t kMaxTag = 64;

constexpr std::array<std::string_view, kAssetStates> kStateNames = {
    "unknown", "up", "degraded", "changed", "down", "inconclusive", "paused", "maintenance"};

Result<std::vector<std::string>> read_tags(const json::value& value) {
  if (!value.is_array()) return refuse("tags", "must be an array of strings");
  if (value.get_array().size() > kMaxTags) return refuse("tags", "more than 32");
  std::vector<std::string> tags;
  for (const auto& element : value.get_array()) {
    const auto path = fmt::format("tags[{}]", tags.size());
    auto tag = read_string(element, path);
    if (!tag) return fail(std::move(tag.error()));
    if (!is_tag(*tag)) return refuse(path, "must be 1 to 64 of a-z, 0-9, '.', '_', '-'");
    tags.push_back(std::move(*tag));
  }
  std::ranges::sort(tags);
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

Result<Url> read_url(const json::value& value) {
  auto text = read_string(value, "url");
  if (!text) return fail(std::move(text.error()));
  auto url = parse_url(*text);
  if (!url) return refuse("url", url.error().detail);
  return url;
}

Result<void> read_field(std::string_view key, const json::value& value, AssetPatch& patch) {
  if (key == "url") return put(read_url(value), patch.url);
  if (key == "tags") return put(read_tags(value), patch.tags);
  if (key == "enabled") return put(read_bool(value, "enabled"), patch.enabled);
  const auto is_option = read_option(key, value, patch);
  if (!is_option) return fail(is_option.error());
  if (*is_option) return {};
  if (key == "id" || key == "version" || key == "created" || key == "updated")
    return refuse(key, "is read-only; remove it");
  if (key == "baseline") return refuse(key, "is decided by POST assets/{id}/baseline; remove it");
  return refuse(key, "unknown field");
}

Result<void> read_fixed_field(std::string_view key, const json::value& value, Asset& asset) {
  if (key == "version") {
    const auto* number = value.if_int64();
    if (number == nullptr || *number < 1) return refuse(key, "must be a number from 1");
    asset.version = static_cast<std::uint64_t>(*number);
    return {};
  }
  if (key == "baseline") return put(read_baseline(value, key), asset.baseline);
  auto text = read_string(value, key);
  if (!text) return fail(std::move(text.error()));
  if (key == "id") return put(parse_id<AssetId>(*text), asset.id);
  return put(parse_rfc3339(*text), key == "created" ? asset.created : asset.updated);
}

bool is_fixed_field(std::string_view key) {
  return key == "id" || key == "version" || key == "created" || key == "updated" ||
         key == "baseline";
}

// Builds without groups stored the defaults as if the asset had said them itself. A document in
// which it has says so; those builds cannot read it, all others they can.
constexpr std::string_view kForm = "form";
constexpr int kSaysDefaults = 2;

bool says_defaults(const Asset& asset) {
  return asset.request == RequestOptions{} || asset.tls_verify == true;
}

void forget_defaults(Asset& asset) {
  if (asset.request == RequestOptions{}) asset.request.reset();
  if (asset.tls_verify == true) asset.tls_verify.reset();
}

Result<Asset> read_asset(const json::object& body) {
  Asset asset;
  json::object rest;
  const bool are_own = body.contains(kForm) && body.at(kForm) == kSaysDefaults;
  for (const auto& [key, value] : body) {
    if (view(key) == kForm && are_own) continue;
    if (!is_fixed_field(view(key))) {
      rest.emplace(key, value);
      continue;
    }
    if (auto ok = read_fixed_field(view(key), value, asset); !ok)
      return fail(std::move(ok.error()));
  }
  auto patch = parse_asset_patch(rest);
  if (!patch) return fail(std::move(patch.error()));
  apply(*patch, asset);
  if (!are_own) forget_defaults(asset);
  if (asset.id.is_nil() || asset.url.text.empty()) return refuse("asset", "has no id or no url");
  return asset;
}

}  // namespace

std::string_view to_string(AssetState state) noexcept {
  return kStateNames[std::min<std::size_t>(static_cast<std::size_t>(state), kAssetStates - 1)];
}

Result<AssetState> parse_asset_state(std::string_view text) {
  const auto at = std::ranges::find(kStateNames, text);
  if (at == kStateNames.end())
    return fail(Errc::bad_input, fmt::format("no such asset state: '{}'", text.substr(0, 32)));
  return static_cast<AssetState>(at - kStateNames.begin());
}

bool is_tag(std::string_view tag) noexcept {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !tag.empty() && tag.size() <= kMaxTag && std::ranges::all_of(tag, is_allowed);
}

Result<AssetPatch> parse_asset_patch(const json::object& body) {
  AssetPatch patch;
  for (const auto& [key, value] : body)
    if (auto ok = read_field(view(key), value, patch); !ok) return fail(std::move(ok.error()));
  return patch;
}

void apply(const AssetPatch& patch, Asset& asset) {
  if (patch.url) asset.url = *patch.url;
  if (patch.tags) asset.tags = *patch.tags;
  if (patch.enabled) asset.enabled = *patch.enabled;
  apply_options(patch, asset);
}

json::object to_json(const Asset& asset) {
  json::object out{{"id", asset.id.text()},
                   {"url", asset.url.text},
                   {"tags", json::value_from(asset.tags)},
                   {"enabled", asset.enabled}};
  for (auto& [key, value] : options_json(asset)) out.emplace(key, std::move(value));
  out["version"] = asset.version;
  out["created"] = to_rfc3339(asset.created);
  out["updated"] = to_rfc3339(asset.updated);
  return out;
}

std::string asset_document(const Asset& asset) {
  auto body = to_json(asset);
  for (const std::string_view option : {"interval_s", "request", "tls", "ignore", "sensitivity"})
    if (body.at(option).is_null()) body.erase(option);
  if (asset.baseline != Baseline{}) body["baseline"] = to_json(asset.baseline);
  if (says_defaults(asset)) body[kForm] = kSaysDefaults;
  return json::serialize(body);
}

Result<Asset> asset_from_document(std::string_view text) {
  json::error_code error;
  const auto value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return fail(Errc::bad_frame, "asset: not a JSON object");
  auto asset = read_asset(value.get_object());
  if (!asset) return fail(Errc::bad_frame, "asset: " + asset.error().detail);
  return asset;
}

bool is_plugin_enabled(const AssetOptions& options, std::string_view plugin) noexcept {
  const auto* own = options.plugins.if_contains({plugin.data(), plugin.size()});
  if (own == nullptr || !own->is_object()) return true;
  const auto* enabled = own->get_object().if_contains("enabled");
  return enabled == nullptr || !enabled->is_bool() || enabled->get_bool();
}

}  // namespace webmon
