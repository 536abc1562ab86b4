/// What a plugin says of itself, from its descriptor: JSON for programs, a page of the manual for
/// people. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "lib/core/plugin.hpp"

namespace webmon {

/// What an excessive value of the metric means: "change", "injection", "slow", "slow, info".
std::string_view to_string(Excess excess) noexcept;

/// {"name","number","version","stage","summary","metrics":[…],"facts":[…],"reasons":[…],
/// "options":[…]}: an item of GET /api/v1/plugins, whose schema says the rest.
boost::json::object to_json(const Plugin& plugin);

/// docs/plugins/NAME.md, whole.
std::string markdown_page(const Plugin& plugin);

}  // namespace webmon
