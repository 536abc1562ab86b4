/// What the handlers of assets and of their statistics share: finding the asset that a path names.
#pragma once

#include "lib/core/group.hpp"
#include "lib/store/assets.hpp"
#include "pipeline/api/context.hpp"

namespace webmon::api {

/// The asset in the first path parameter. 400 bad_id, 404 not_found, or 308 with Location if it
/// moved to another host; what follows the id in the path is kept.
Awaitable<Checked<store::AssetHead>> load_asset(Context& context, const Request& request);
/// The same for an id that the caller has read; for handlers that read more in the same batch and
/// found no asset.
Awaitable<Problem> missing_asset(Context& context, const Request& request, AssetId id);

/// parse_asset_patch() and parse_group_options() of lib/core, and whether what they say to ignore
/// can be read. 422 bad_input.
Checked<AssetPatch> read_asset_patch(const boost::json::object& body);
Checked<AssetOptions> read_group_options(const boost::json::object& body);

/// The asset as the API shows it: its document, and state, rev, n, observed.
boost::json::object asset_body(const store::AssetHead& head);
/// "<version>.<rev>": another one whenever anything of asset_body is.
std::string etag_of(const store::AssetHead& head);
/// The version that If-Match demands; nothing if there is none or it is "*". Commits of executors
/// do not count as a change: of an ETag only the version is looked at. 400 bad_query if it is not
/// one of ours.
Checked<std::optional<std::uint64_t>> read_if_match(const Request& request);

/// Store time, as Redis tells it.
Awaitable<Checked<StoreTime>> store_now(Context& context);
/// The epoch that will cover what was written before this reply.
Checked<std::uint64_t> covering_epoch(const store::Reply& snap_state);

std::string asset_path(AssetId id);

}  // namespace webmon::api
