/// A real child process of a test. It dies with the object, and with the thread that started it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/clock.hpp"

namespace webmon::testing {

struct ChildOptions {
  std::vector<std::pair<std::string, std::string>> env = {};  ///< added to ours, or instead of ours
  std::filesystem::path directory = {};                       ///< working directory; empty: ours
  std::filesystem::path output = {};  ///< file that gets stdout and stderr; empty: ours
};

class ChildProcess {
 public:
  /// Starts `argv`; argv[0] is a path or looked up in PATH and in /usr/sbin. stdin is /dev/null.
  /// Throws std::system_error if the kernel gives no process; a missing program is exit status 127.
  explicit ChildProcess(std::vector<std::string> argv, ChildOptions options = {});
  /// SIGKILL, if it still runs.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  pid_t pid() const noexcept { return pid_; }
  bool is_running();
  /// Sends a signal to the process alone, not to its children.
  void signal(int number) const;
  /// Exit status, 128 + N if signal N ended it; nothing if it still runs at the deadline.
  std::optional<int> wait(milliseconds limit = seconds{10});
  /// SIGTERM, then `wait`, then SIGKILL. Returns the exit status.
  int stop(milliseconds limit = seconds{10});
  /// SIGKILL and reap.
  void kill() noexcept;
  /// What it has written so far to `ChildOptions::output`.
  std::string output() const;

 private:
  bool reap(int flags) noexcept;

  pid_t pid_ = -1;
  std::optional<int> status_;
  std::filesystem::path output_;
};

/// Runs a command to its end: exit status (124 if it was killed at the limit) and what it wrote.
struct Finished {
  int status = 0;
  std::string output;
};
Finished run_command(std::vector<std::string> argv, ChildOptions options = {},
                     milliseconds limit = seconds{30});

}  // namespace webmon::testing
