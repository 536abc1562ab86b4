/// The effective configuration: default < file < environment < flag, and where each value is from.
/// Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/config_keys.hpp"
#include "cli/settings.hpp"

namespace webmon::cli {

/// Values given by flags, as text, in order. A flag that may be repeated has several entries.
struct FlagValue {
  const Key* key;
  std::string text;
};

/// What a configuration is made of.
struct ConfigSources {
  std::string file_name;                           ///< as messages say it
  std::optional<std::string> file_text;            ///< nothing: there is no file
  std::map<std::string, std::string> environment;  ///< variables that begin with WEBMON_
  std::vector<FlagValue> flags;
};

struct Config {
  Settings settings;
  /// "webmon.toml:12", "WEBMON_EXECUTOR_SLOTS", "--slots"; by the path of the key. Those that are
  /// not in it have their default.
  std::map<std::string, std::string> origins;

  /// "default" if nobody said anything.
  std::string origin(const Key& key) const;
};

/// Errors: bad_config; one line each for everything that is wrong: where, which key, what is
/// allowed.
Result<Config> make_config(const ConfigSources& sources);

/// Variables that look as if they were for a key and are for none, with the nearest: a remark, no
/// error, for others may set variables for purposes of theirs.
std::vector<std::string> unknown_variables(const std::map<std::string, std::string>& environment);

/// What a reload changes.
struct ConfigChange {
  std::vector<const Key*> changed;    ///< of those that `command` uses
  std::vector<std::string> refusals;  ///< one line each for keys that cannot change in a process
};
ConfigChange compare(const Config& now, const Config& next, Command command);

}  // namespace webmon::cli
