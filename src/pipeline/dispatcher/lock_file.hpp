/// A file locked for as long as this object lives, with the holder's pid in it: one dispatcher per
/// data directory. The kernel frees it when the process dies, however it dies.
#pragma once

#include <filesystem>
#include <utility>

#include "lib/core/result.hpp"

namespace webmon::dispatcher {

class LockFile {
 public:
  /// Errors: conflict (naming the holder's pid), bad_config (cannot be opened).
  static Result<LockFile> take(const std::filesystem::path& path);
  LockFile(LockFile&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  LockFile& operator=(LockFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~LockFile();

 private:
  explicit LockFile(int fd) : fd_{fd} {}
  int fd_;
};

}  // namespace webmon::dispatcher
