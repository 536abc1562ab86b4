/// The table of configuration keys. File, environment, flags, `config show`, the documentation and
/// validation derive from it, so a new key is one row here and nothing else. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_value.hpp"
#include "cli/settings.hpp"

namespace webmon::cli {

/// Commands that read the configuration; bits of a set.
enum Command : unsigned {
  kUp = 1,
  kApi = 2,
  kDispatcher = 4,
  kExecutor = 8,
  kCheck = 16,
  kServers = kUp | kApi | kDispatcher | kExecutor
};

struct Key {
  std::string_view section{};  ///< empty: top level
  std::string_view name;
  ValueRule rule;
  unsigned used_by = kServers;  ///< Commands whose behaviour it changes
  std::string_view flag{};      ///< "--slots"; empty: none
  unsigned flag_of = 0;         ///< Commands that have the flag
  bool is_live = false;         ///< SIGHUP changes it in a running process
  std::string_view meaning;     ///< one sentence without its full stop
  std::function<Value(const Settings&)> read{};
  std::function<void(Settings&, const Value&)> write{};

  /// "executor.slots".
  std::string path() const;
  /// "WEBMON_EXECUTOR_SLOTS".
  std::string environment() const;
  /// The default in TOML.
  std::string default_text() const;
};

/// All keys, section by section.
const std::vector<Key>& config_keys();
/// Sections in the order of the table, the top level ("") first.
const std::vector<std::string>& config_sections();
const Key* find_key(std::string_view section, std::string_view name);

}  // namespace webmon::cli
