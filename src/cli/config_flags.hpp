/// Flags of the configuration keys, made from their table.
#pragma once

#include <string>
#include <vector>

#include "cli/config.hpp"

namespace CLI {
class App;
}

namespace webmon::cli {

/// What the command line said.
struct ConfigFlags {
  std::string file;  ///< --config
  std::vector<FlagValue> values;
};

/// --config, and a flag for each key that `which` has one for. `flags` must outlive `command`.
void add_config_flags(CLI::App& command, Command which, ConfigFlags& flags);

/// The given flags that `which` has, as arguments for it.
std::vector<std::string> arguments_for(Command which, const ConfigFlags& flags);

}  // namespace webmon::cli
