/// Which assets a list or an export is about: `tag`, `state`, `host`, `text`, `enabled`,
/// `removed`; all that are given must hold. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/store/assets.hpp"
#include "pipeline/api/context.hpp"

namespace webmon::api {

struct AssetQuery {
  std::optional<std::string> tag;
  std::optional<AssetState> state;
  std::optional<std::string> host;  ///< as Url::host has it
  std::optional<std::string> text;  ///< part of the URL; upper and lower case are the same
  std::optional<bool> enabled;
  bool is_removed = false;  ///< about removed assets, which can be restored

  /// Whether the asset is meant. Everything is looked at here; what follows only spares reads.
  bool matches(const store::AssetHead& head) const;
  /// The set that holds all of them, if no URL has to be looked at.
  store::AssetFilter set() const;
  /// A pattern for Redis' MATCH that the URLs of all of them have, or nothing: then set() is used.
  std::optional<std::string> url_pattern() const;
};

/// Errors: 400 bad_query, naming the parameter.
Checked<AssetQuery> read_asset_query(const Request& request);

}  // namespace webmon::api
