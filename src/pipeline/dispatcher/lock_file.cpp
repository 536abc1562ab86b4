#include "pipeline/dispatcher/lock_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace webmon::dispatcher {
namespace {

std::string holder_of(int fd) {
  std::array<char, 16> text{};
  const auto size = pread(fd, text.data(), text.size() - 1, 0);
  std::string pid;
  for (ssize_t i = 0; i < size && text[static_cast<std::size_t>(i)] >= '0' &&
                      text[static_cast<std::size_t>(i)] <= '9';
       ++i)
    pid += text[static_cast<std::size_t>(i)];
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

Result<LockFile> LockFile::take(const std::filesystem::path& path) {
  LockFile file{open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (file.fd_ < 0)
    return fail(Errc::bad_config, fmt::format("lock file {}: {}", path.string(), strerror(errno)));
  if (flock(file.fd_, LOCK_EX | LOCK_NB) != 0)
    return fail(Errc::conflict, fmt::format("a dispatcher runs already: {} holds {}",
                                            holder_of(file.fd_), path.string()));
  const auto pid = fmt::format("{}\n", getpid());
  if (ftruncate(file.fd_, 0) != 0 ||
      pwrite(file.fd_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return fail(Errc::bad_config, fmt::format("lock file {}: {}", path.string(), strerror(errno)));
  return file;
}

LockFile::~LockFile() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace webmon::dispatcher
