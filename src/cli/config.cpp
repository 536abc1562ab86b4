#include "cli/config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/config_file.hpp"
#include "cli/duration.hpp"
#include "cli/nearest.hpp"

namespace webmon::cli {
namespace {

constexpr std::string_view kPrefix = "WEBMON_";

class Maker {
 public:
  explicit Maker(const ConfigSources& sources) : sources_{sources} {}

  Result<Config> make() {
    read_file();
    read_environment();
    read_flags();
    if (errors_.empty()) check_together();
    if (errors_.empty()) return std::move(config_);
    std::string all;
    for (const auto& error : errors_) all += (all.empty() ? "" : "\n") + error;
    return fail(Errc::bad_config, std::move(all));
  }

 private:
  void take(const Key& key, const Value& value, std::string origin) {
    key.write(config_.settings, value);
    config_.origins[key.path()] = std::move(origin);
  }

  void read_file() {
    if (!sources_.file_text) return;
    const auto content = read_config_text(*sources_.file_text);
    for (const auto& [line, text] : content.problems)
      errors_.push_back(fmt::format("{}:{}: {}", sources_.file_name, line, text));
    for (const auto& [key, value, line] : content.values)
      take(*key, value, fmt::format("{}:{}", sources_.file_name, line));
  }

  void take_text(const Key& key, std::string_view text, const std::string& origin) {
    auto value = parse_value(key.rule, text);
    if (value) {
      if (auto checked = check_value(key.rule, *value); !checked)
        value = fail(std::move(checked.error()));
    }
    if (value) return take(key, *value, origin);
    errors_.push_back(fmt::format("{} {}", origin, value.error().detail));
  }

  void read_environment() {
    for (const auto& key : config_keys()) {
      const auto found = sources_.environment.find(key.environment());
      if (found != sources_.environment.end() && !found->second.empty())
        take_text(key, found->second, found->first);
    }
  }

  // A flag that is given several times is one list.
  void read_flags() {
    std::map<const Key*, std::string> texts;
    for (const auto& [key, text] : sources_.flags) {
      const auto [at, is_first] = texts.emplace(key, text);
      if (!is_first) at->second += "," + text;
    }
    for (const auto& [key, text] : texts) take_text(*key, text, std::string{key->flag});
  }

  void refuse(std::string_view section, std::string_view name, std::string_view other,
              std::string_view why) {
    const auto& key = *find_key(section, name);
    auto origin = config_.origin(key);
    // The one that somebody set.
    if (origin == "default") origin = config_.origin(*find_key(section, other));
    errors_.push_back(fmt::format("{}: {} is {}; {}", origin, key.path(),
                                  to_toml(key.rule, key.read(config_.settings)), why));
  }

  // Rules that one key alone cannot tell.
  void check_together() {
    const auto& executor = config_.settings.executor;
    if (const auto least = executor.fetch.limits.total + executor::kLeaseMargin;
        executor.lease < least)
      refuse("executor", "lease", "total_timeout",
             fmt::format("it must be at least {} longer than executor.total_timeout: {} or more",
                         duration_text(executor::kLeaseMargin), duration_text(least)));
    if (executor.memory_per_thread != 0 && executor.memory_per_thread < executor::kLeastMemory)
      refuse("executor", "memory_per_thread_bytes", "memory_per_thread_bytes",
             fmt::format("allowed are {} or more, or 0: unlimited", executor::kLeastMemory));
  }

  const ConfigSources& sources_;
  Config config_;
  std::vector<std::string> errors_;
};

}  // namespace

std::string Config::origin(const Key& key) const {
  const auto found = origins.find(key.path());
  return found == origins.end() ? "default" : found->second;
}

Result<Config> make_config(const ConfigSources& sources) { return Maker{sources}.make(); }

std::vector<std::string> unknown_variables(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> known{"SERVER", "CONFIG"};  // clients' own, and where the file is
  for (const auto& key : config_keys()) known.push_back(key.environment().substr(kPrefix.size()));
  std::vector<std::string> remarks;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix)) continue;
    const auto word = name.substr(kPrefix.size());
    const auto guess = nearest(word, known);
    if (guess && *guess != word)
      remarks.push_back(fmt::format("{} is not read; did you mean {}{}?", name, kPrefix, *guess));
  }
  return remarks;
}

ConfigChange compare(const Config& now, const Config& next, Command command) {
  ConfigChange change;
  for (const auto& key : config_keys()) {
    if ((key.used_by & command) == 0) continue;
    const auto before = key.read(now.settings);
    const auto after = key.read(next.settings);
    if (before == after) continue;
    change.changed.push_back(&key);
    if (key.is_live) continue;
    const auto origin = next.origin(key);
    change.refusals.push_back(
        fmt::format("{}: {} cannot change from {} to {} while it runs; restart for that",
                    origin == "default" ? now.origin(key) : origin, key.path(),
                    to_toml(key.rule, before), to_toml(key.rule, after)));
  }
  return change;
}

}  // namespace webmon::cli
