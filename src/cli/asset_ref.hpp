/// Assets as people name them on the command line: by id or by URL.
#pragma once

#include <string>
#include <vector>

#include "cli/api_client.hpp"
#include "lib/core/result.hpp"

namespace webmon::cli {

/// The asset's document from the API, with its ETag. Errors: not_found, saying how to list assets;
/// those of the API.
Result<Answer> find_asset(ApiClient& api, const std::string& id_or_url);

/// Its id.
Result<std::string> find_asset_id(ApiClient& api, const std::string& id_or_url);

/// Ids of all that are named, and of all that have `tag` (empty: of none). Errors: also bad_input
/// if these are none.
Result<std::vector<std::string>> find_asset_ids(ApiClient& api,
                                                const std::vector<std::string>& ids_or_urls,
                                                const std::string& tag);

}  // namespace webmon::cli
