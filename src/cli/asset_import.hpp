/// `webmon asset add --file`: any number of assets in one call.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "cli/api_client.hpp"

namespace webmon::cli {

struct ImportOptions {
  std::string file;            ///< "-": standard input
  boost::json::object fields;  ///< for each URL of a plain file
  bool waits = false;          ///< until a snapshot holds all
  bool is_json = false;
};

/// Sends the file as it is read and shows progress, bad lines and the result as they come. The
/// command's exit code: kNotOk if a line was bad; kFailed if not all lines were sent or made.
int import_assets(ApiClient& api, const ImportOptions& options);

}  // namespace webmon::cli
