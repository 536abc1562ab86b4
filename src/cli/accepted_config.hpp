/// The configuration that a process has accepted, for its children: what they read when they are
/// started again is never a file that somebody has broken since.
#pragma once

#include <optional>
#include <string>

#include "lib/core/result.hpp"

namespace webmon::cli {

/// A file in memory. Children of the same user read it while this process and object live.
class AcceptedConfig {
 public:
  AcceptedConfig() = default;
  ~AcceptedConfig();
  AcceptedConfig(const AcceptedConfig&) = delete;
  AcceptedConfig& operator=(const AcceptedConfig&) = delete;

  /// From now on it holds `text`; nothing: it is empty. Atomic: a reader sees the old text or the
  /// new. Errors: internal, with the kernel's reason; then the old text stays.
  Result<void> replace(const std::optional<std::string>& text);
  /// For --config of a child; the same for all texts. After the first replace().
  std::string path() const;

 private:
  int fd_ = -1;
};

}  // namespace webmon::cli
