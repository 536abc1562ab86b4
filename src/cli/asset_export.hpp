/// `webmon asset export`, and `asset list` with conditions or an order: assets:export as NDJSON or
/// as a table.
#pragma once

#include <string>
#include <vector>

#include "cli/api_client.hpp"

namespace webmon::cli {

/// Filters of the API, empty where not given.
struct AssetFilters {
  std::string tag, state, host, text, enabled;
};
/// "tag=shop&state=down"; empty without filters.
std::string query_of(const AssetFilters& filters);

struct ExportOptions {
  AssetFilters filters;
  std::vector<std::string> where;
  std::string by;
  unsigned top = 0;
  std::string include;
};
/// The path of the call. Pure.
std::string export_path(const ExportOptions& options);

/// Every line to standard output, as it comes. Exit code: kFailed if it is not complete.
int export_assets(ApiClient& api, const ExportOptions& options);

/// The same as a table that has a column for each metric asked about.
int list_by_metrics(ApiClient& api, const ExportOptions& options);

}  // namespace webmon::cli
