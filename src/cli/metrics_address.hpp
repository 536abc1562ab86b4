/// Where a part serves its metrics, as the configuration says it.
#pragma once

#include <string>

#include "lib/metrics/listener.hpp"

namespace webmon::cli {

/// ADDRESS:PORT; empty is nowhere. Errors: bad_config.
Result<metrics::Place> parse_metrics_address(const std::string& text);

}  // namespace webmon::cli
