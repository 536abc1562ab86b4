/// Adds or changes many assets at once, by URL: a few round trips for a whole batch. Internal to
/// this folder.
#pragma once

#include <span>
#include <vector>

#include "lib/core/asset.hpp"
#include "pipeline/api/context.hpp"

namespace webmon::api {

enum class Upserted : std::uint8_t { created, changed, unchanged };

/// For each patch, each of which has a URL and no two the same, what became of it. A patch changes
/// the fields that it has; an asset that has them already stays as it is, at its version.
/// Errors: of one patch, 409 if others changed that asset again and again; of all, those of Redis,
/// after which some may have been made.
Awaitable<Checked<std::vector<Checked<Upserted>>>> upsert(Context& context,
                                                          std::span<const AssetPatch> patches);

}  // namespace webmon::api
