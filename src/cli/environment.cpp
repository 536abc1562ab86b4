#include "cli/environment.hpp"

#include <unistd.h>

#include <cstdlib>

namespace webmon::cli {

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::map<std::string, std::string> environment_with(std::string_view prefix) {
  std::map<std::string, std::string> found;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry{*at};
    const auto equals = entry.find('=');
    if (entry.starts_with(prefix) && equals != std::string_view::npos)
      found.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return found;
}

Result<std::filesystem::path> default_data_dir() {
  // XDG Base Directory Specification: a relative XDG_DATA_HOME is to be ignored.
  if (const auto xdg = environment("XDG_DATA_HOME"); xdg && xdg->starts_with('/'))
    return std::filesystem::path{*xdg} / "webmon";
  if (const auto home = environment("HOME"); home && home->starts_with('/'))
    return std::filesystem::path{*home} / ".local/share/webmon";
  return fail(Errc::bad_config,
              "neither XDG_DATA_HOME nor HOME says where data goes; use --data-dir DIR");
}

Result<std::filesystem::path> data_dir(const std::string& given) {
  if (given.empty()) return default_data_dir();
  std::error_code error;
  auto path = std::filesystem::absolute(given, error);
  if (error) return fail(Errc::bad_config, "--data-dir " + given + ": " + error.message());
  return path.lexically_normal();
}

}  // namespace webmon::cli
