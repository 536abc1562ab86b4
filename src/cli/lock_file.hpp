/// flock(2) on a file that names its holder.
#pragma once

#include <filesystem>
#include <optional>

#include "lib/core/result.hpp"

namespace webmon::cli {

/// Held until it is destroyed, or, if inherited, until the last process that has the descriptor
/// ends.
class LockFile {
 public:
  /// Creates the file if needed, takes the lock without waiting and writes our pid into it.
  /// Errors: conflict if it is held, with the holder's pid if known; bad_config if the file cannot
  /// be opened.
  static Result<LockFile> take(const std::filesystem::path& path);
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  ~LockFile();

  /// Keeps the lock across exec(3): whoever inherits the descriptor holds it too.
  void make_inheritable() const noexcept;

 private:
  explicit LockFile(int fd) : fd_{fd} {}
  int fd_ = -1;
};

/// The pid written in a lock file. It may be long gone.
std::optional<long> holder_of(const std::filesystem::path& path);

}  // namespace webmon::cli
