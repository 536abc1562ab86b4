/// An asset: one URL that the user wants watched, with its options. A value; versions are counted
/// by the store.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/asset_options.hpp"
#include "lib/core/baseline.hpp"
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

std::string_view to_string(AssetState state) noexcept;
Result<AssetState> parse_asset_state(std::string_view text);

/// Its options are those that it says itself; group.hpp has those in force.
struct Asset : AssetOptions {
  AssetId id;
  Url url;
  std::vector<std::string> tags;  ///< sorted, unique; 1 to 64 of [a-z0-9._-] each, at most 32
  bool enabled = true;
  std::uint64_t version = 1;
  StoreTime created{};
  StoreTime updated{};
  Baseline baseline;  ///< decided with calls of its own, not part of a patch
};

/// 1 to 64 of a-z, 0-9, '.', '_', '-'.
bool is_tag(std::string_view tag) noexcept;

/// What a client may set; absent = unchanged (PATCH) or default (POST).
struct AssetPatch : AssetOptionsPatch {
  std::optional<Url> url;
  std::optional<std::vector<std::string>> tags;
  std::optional<bool> enabled;
};

/// Strict: unknown fields, wrong types, bad tags, credential fields (`auth`, `Authorization`,
/// `Cookie`) are bad_input with the path of the field. Credentials are refused until Webmon can
/// encrypt them.
Result<AssetPatch> parse_asset_patch(const boost::json::object& body);
void apply(const AssetPatch& patch, Asset& asset);

/// The API's form:
/// {"id","url","tags","enabled","interval_s","request":{…},"tls":{"verify"},"ignore","plugins",
/// "version","created","updated"}; options that the asset does not say itself are null.
boost::json::object to_json(const Asset& asset);
/// What is stored (the `doc` field in Redis): the same without what is null, and `baseline`.
std::string asset_document(const Asset& asset);
/// Errors: bad_frame.
Result<Asset> asset_from_document(std::string_view text);

/// True unless its own options say {"<plugin>":{"enabled":false}}.
bool is_plugin_enabled(const AssetOptions& options, std::string_view plugin) noexcept;

}  // namespace webmon
