#include "cli/accepted_config.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace webmon::cli {
namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = write(fd, text.data(), text.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

AcceptedConfig::~AcceptedConfig() {
  if (fd_ >= 0) close(fd_);
}

Result<void> AcceptedConfig::replace(const std::optional<std::string>& text) {
  const int fresh = memfd_create("webmon.toml", MFD_CLOEXEC);
  bool is_kept = fresh >= 0 && write_all(fresh, text.value_or(""));
  if (is_kept && fd_ < 0) {
    fd_ = fresh;
    return {};
  }
  is_kept = is_kept && dup3(fresh, fd_, O_CLOEXEC) >= 0;  // the same number, another file
  const int error = errno;
  if (fresh >= 0) close(fresh);
  if (is_kept) return {};
  return fail(Errc::internal,
              fmt::format("cannot keep the configuration in memory: {}", strerror(error)));
}

std::string AcceptedConfig::path() const { return fmt::format("/proc/{}/fd/{}", getpid(), fd_); }

}  // namespace webmon::cli
