/// An asset: one URL that the user wants watched, with its options. A value; versions are counted
/// by the store.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/id.hpp"
#include "lib/core/result.hpp"
#include "lib/core/url.hpp"

namespace webmon {

/// The worst report of an enabled plugin decides (docs/api.md, "Asset states").
enum class AssetState : std::uint8_t {
  unknown,
  up,
  degraded,
  changed,
  down,
  inconclusive,
  paused,
  maintenance
};
inline constexpr std::size_t kAssetStates = 8;

/// Bounds of the time from one check of an asset to the next.
inline constexpr seconds kLeastInterval{5};
inline constexpr seconds kMostInterval{604'800};  // a week
std::string_view to_string(AssetState state) noexcept;
Result<AssetState> parse_asset_state(std::string_view text);

struct RequestOptions {
  std::string method = "GET";  ///< GET or HEAD or POST
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool operator==(const RequestOptions&) const = default;
};

struct Asset {
  AssetId id;
  Url url;
  std::vector<std::string> tags;  ///< sorted, unique; 1 to 64 of [a-z0-9._-] each, at most 32
  bool enabled = true;
  std::optional<seconds> interval;  ///< its own; nothing: that of its tags, or the default
  RequestOptions request;
  bool tls_verify = true;
  boost::json::object
      plugins;  ///< options per plugin name; {"html-stats":{"enabled":false}} switches one off
  std::uint64_t version = 1;
  StoreTime created{};
  StoreTime updated{};
};

/// What a client may set; absent = unchanged (PATCH) or default (POST).
struct AssetPatch {
  std::optional<Url> url;
  std::optional<std::vector<std::string>> tags;
  std::optional<bool> enabled;
  std::optional<std::optional<seconds>> interval;  ///< nothing inside: no interval of its own
  std::optional<RequestOptions> request;
  std::optional<bool> tls_verify;
  std::optional<boost::json::object> plugins;
};

/// Strict: unknown fields, wrong types, bad tags, credential fields (`auth`, `Authorization`,
/// `Cookie`) are bad_input with the path of the field. Credentials are refused until Webmon can
/// encrypt them.
Result<AssetPatch> parse_asset_patch(const boost::json::object& body);
void apply(const AssetPatch& patch, Asset& asset);

/// The API's form:
/// {"id","url","tags","enabled","interval_s","request":{…},"tls":{"verify"},"plugins","version",
/// "created","updated"}; `interval_s` is null if the asset has none of its own.
boost::json::object to_json(const Asset& asset);
/// Reads what `to_json` wrote (the `doc` field in Redis). Errors: bad_frame.
Result<Asset> asset_from_json(std::string_view text);

/// True unless the asset's options say {"<plugin>":{"enabled":false}}.
bool is_plugin_enabled(const Asset& asset, std::string_view plugin) noexcept;

}  // namespace webmon
