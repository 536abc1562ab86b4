/// A directory of a test's own, removed with everything in it. The path is short enough for unix
/// sockets.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace webmon::testing {

class TempDir {
 public:
  /// Throws std::system_error if none can be made.
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Writes a file below the directory, makes folders on the way, returns its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// Whole content, empty if it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace webmon::testing
