/// The samples of an asset's history (GET assets/{id}/history), by name. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "cli/colour.hpp"

namespace webmon::cli {

/// One object a sample, oldest first: {"observed","state","late","metrics":{name: value or null}}.
std::vector<boost::json::object> history_samples(const boost::json::value& answer);

/// One row a sample with the metrics named; those that no sample has stay empty.
std::string render_history(const boost::json::value& answer,
                           const std::vector<std::string>& metrics, Look look);

}  // namespace webmon::cli
