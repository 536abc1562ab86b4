/// The effective configuration for people and programs. Pure.
#pragma once

#include <string>

#include "cli/config.hpp"

namespace webmon::cli {

/// TOML that the parser reads back to the same configuration. With `has_origins` each line ends
/// with a comment that says where its value is from.
std::string config_toml(const Config& config, bool has_origins);

/// {"executor.slots": 64, …}; with `has_origins` {"executor.slots": {"value": 64, "origin": "…"}}.
/// Durations as in TOML.
std::string config_json(const Config& config, bool has_origins);

}  // namespace webmon::cli
