/// Asks the dispatcher over its control channel (docs/wire.md).
#pragma once

#include <string>
#include <string_view>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"

namespace webmon::cli {

/// `given` if not empty, else that of the `webmon up` on the data directory, else the default.
std::string control_endpoint(const std::string& given, const std::string& data_dir);

/// One request, one reply, one deadline. Errors: timeout, saying whom was asked.
Result<std::string> ask_dispatcher(const std::string& endpoint, std::string_view command,
                                   seconds limit);

}  // namespace webmon::cli
