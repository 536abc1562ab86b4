/// The configuration of this process: read from the file, the environment and flags, and read again
/// on SIGHUP.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "cli/config.hpp"
#include "cli/config_flags.hpp"

namespace webmon::cli {

inline constexpr const char* kConfigFile = "/etc/webmon/webmon.toml";

/// The file that is read: `given` (--config), else WEBMON_CONFIG, else kConfigFile if it exists;
/// empty: none.
std::string config_file(const std::string& given);

/// Errors: bad_config if the file cannot be read.
Result<ConfigSources> read_sources(const ConfigFlags& flags);

/// Threads: the main thread's. What it answers stays valid until the next reload.
class ProcessConfig {
 public:
  /// Reads all, and sets up logging for a server: level, format, file. Says which variables are not
  /// read. Errors: bad_config, one line for each thing that is wrong.
  static Result<ProcessConfig> open(Command command, const ConfigFlags& flags);

  const Settings& settings() const noexcept { return config_.settings; }
  /// The text of the file that is in force; nothing: there was none.
  const std::optional<std::string>& file_text() const noexcept { return file_text_; }

  /// SIGHUP: reads all again. Nothing if something is wrong or a key has changed that cannot: then
  /// an error line for each says so, and all stays as it was. Else one info line names the keys
  /// that have changed, logging follows at once, and the caller takes the rest from settings().
  bool reload();

 private:
  ProcessConfig(Command command, ConfigFlags flags, ConfigSources sources, Config config);
  void apply_log() const;

  Command command_;
  ConfigFlags flags_;
  std::optional<std::string> file_text_;
  Config config_;
};

}  // namespace webmon::cli
