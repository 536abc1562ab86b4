/// What the user's environment says; the only reader of environment variables.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"

namespace webmon::cli {

/// A variable that is set and not empty.
std::optional<std::string> environment(const char* name);
/// All variables whose names begin with `prefix`, with their values.
std::map<std::string, std::string> environment_with(std::string_view prefix);

/// $XDG_DATA_HOME/webmon or ~/.local/share/webmon. Errors: bad_config if there is no home either.
Result<std::filesystem::path> default_data_dir();

/// `given` if not empty, else the default. Not created.
Result<std::filesystem::path> data_dir(const std::string& given);

}  // namespace webmon::cli
