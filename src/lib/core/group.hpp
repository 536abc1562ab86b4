/// Groups: a group is a tag with defaults. It says for all assets with that tag what they do not
/// say themselves. Pure values; versions are counted by the store.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "lib/core/asset.hpp"

namespace webmon {

inline constexpr std::size_t kMostGroups = 1'000;

struct Group {
  AssetOptions options;
  std::uint64_t version = 1;  ///< that of all groups after its last change
  StoreTime updated{};
};
using Groups = std::map<std::string, Group, std::less<>>;  ///< by tag

/// What a client may say of a group: the members of AssetOptions, strictly. Errors: bad_input with
/// the path of the field.
Result<AssetOptions> parse_group_options(const boost::json::object& body);

/// The API's form: {"tag","interval_s","request","tls","ignore","sensitivity","plugins","version",
/// "updated"}; null: the group does not say it.
boost::json::object to_json(std::string_view tag, const Group& group);

/// Who says an option for assets with these tags, which do not say it themselves: a tag that has a
/// group, or "" if no group says it. Of several the shortest interval; of anything else the first
/// tag in order of the alphabet.
std::string_view interval_giver(const std::vector<std::string>& tags, const Groups& groups);
std::string_view request_giver(const std::vector<std::string>& tags, const Groups& groups);
std::string_view tls_giver(const std::vector<std::string>& tags, const Groups& groups);
std::string_view ignore_giver(const std::vector<std::string>& tags, const Groups& groups);
std::string_view sensitivity_giver(const std::vector<std::string>& tags, const Groups& groups);
std::string_view plugin_giver(const std::vector<std::string>& tags, const Groups& groups,
                              std::string_view plugin);

/// Fills in what `asset` does not say itself. Ignore rules, and the options of one plugin, come
/// as a whole from one place. What stays absent is said by nobody: the default.
void inherit(Asset& asset, const Groups& groups);

}  // namespace webmon
