#include "cli/lock_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <utility>

namespace webmon::cli {

Result<LockFile> LockFile::take(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(Errc::bad_config,
                fmt::format("cannot open {}: {}", path.string(), strerror(errno)));
  LockFile lock{fd};
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const auto holder = holder_of(path);
    return fail(Errc::conflict,
                fmt::format("{} is locked by {}", path.string(),
                            holder ? fmt::format("pid {}", *holder) : "another process"));
  }
  const auto pid = fmt::format("{}\n", getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) < 0)
    return fail(Errc::bad_config,
                fmt::format("cannot write {}: {}", path.string(), strerror(errno)));
  return lock;
}

LockFile::LockFile(LockFile&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

LockFile::~LockFile() {
  if (fd_ >= 0) close(fd_);
}

void LockFile::make_inheritable() const noexcept { fcntl(fd_, F_SETFD, 0); }

std::optional<long> holder_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  long pid = 0;
  if (file >> pid && pid > 0) return pid;
  return std::nullopt;
}

}  // namespace webmon::cli
