#include "cli/config_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "cli/config_file.hpp"
#include "cli/environment.hpp"
#include "lib/core/log.hpp"

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_text(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error))
    return fail(Errc::bad_config, fmt::format("cannot read {}: it is a directory", path));
  std::ifstream file{path, std::ios::binary};
  if (!file)
    return fail(Errc::bad_config, fmt::format("cannot read {}: {}", path, strerror(errno)));
  std::string text(kMaxConfigBytes + 1, '\0');  // one more, so that a longer file is seen to be one
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad())
    return fail(Errc::bad_config, fmt::format("cannot read {}: {}", path, strerror(errno)));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

Result<void> log_to(const std::string& path) {
  if (path.empty()) return {};
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(Errc::bad_config,
                fmt::format("cannot write the log {}: {}", path, strerror(errno)));
  dup2(fd, STDERR_FILENO);
  close(fd);
  return {};
}

// systemd.exec(5): JOURNAL_STREAM is "device:inode" of the stream that goes to the journal, which
// adds the time itself.
bool is_journal() {
  struct stat stream {};
  const auto journal = environment("JOURNAL_STREAM");
  return journal && fstat(STDERR_FILENO, &stream) == 0 &&
         *journal == fmt::format("{}:{}", stream.st_dev, stream.st_ino);
}

}  // namespace

std::string config_file(const std::string& given) {
  if (!given.empty()) return given;
  if (auto variable = environment("WEBMON_CONFIG")) return *variable;
  std::error_code error;
  return fs::exists(kConfigFile, error) ? kConfigFile : "";
}

Result<ConfigSources> read_sources(const ConfigFlags& flags) {
  ConfigSources sources;
  sources.file_name = config_file(flags.file);
  if (!sources.file_name.empty()) {
    auto text = read_text(sources.file_name);
    if (!text) return fail(std::move(text.error()));
    sources.file_text = std::move(*text);
  }
  sources.environment = environment_with("WEBMON_");
  sources.flags = flags.values;
  return sources;
}

ProcessConfig::ProcessConfig(Command command, ConfigFlags flags, ConfigSources sources,
                             Config config)
    : command_{command},
      flags_{std::move(flags)},
      file_text_{std::move(sources.file_text)},
      config_{std::move(config)} {}

Result<ProcessConfig> ProcessConfig::open(Command command, const ConfigFlags& flags) {
  auto sources = read_sources(flags);
  if (!sources) return fail(std::move(sources.error()));
  auto config = make_config(*sources);
  if (!config) return fail(std::move(config.error()));
  const auto remarks = unknown_variables(sources->environment);
  ProcessConfig process{command, flags, std::move(*sources), std::move(*config)};
  if ((command & kServers) == 0) return process;
  if (auto logs = log_to(process.settings().log_file); !logs) return fail(std::move(logs.error()));
  process.apply_log();
  for (const auto& remark : remarks) log_warn("environment variable", {{"detail", remark}});
  return process;
}

void ProcessConfig::apply_log() const { set_log(config_.settings.log, !is_journal()); }

bool ProcessConfig::reload() {
  const auto refuse = [](std::string_view why) {
    while (!why.empty()) {
      const auto end = std::min(why.find('\n'), why.size());
      log_error("configuration not reloaded", {{"error", why.substr(0, end)}});
      why.remove_prefix(std::min(end + 1, why.size()));
    }
    return false;
  };
  auto sources = read_sources(flags_);
  if (!sources) return refuse(sources.error().detail);
  auto next = make_config(*sources);
  if (!next) return refuse(next.error().detail);
  const auto change = compare(config_, *next, command_);
  if (!change.refusals.empty()) return refuse(fmt::to_string(fmt::join(change.refusals, "\n")));
  config_ = std::move(*next);
  file_text_ = std::move(sources->file_text);
  apply_log();
  std::string keys;
  for (const auto* key : change.changed) keys += (keys.empty() ? "" : ",") + key->path();
  log_info("configuration reloaded", {{"changed", keys}});
  return true;
}

}  // namespace webmon::cli
