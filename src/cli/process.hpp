/// Child processes of our own: started without a shell, in a process group of their own (Ctrl-C is
/// for the parent, who stops them in order), ended by the kernel if the parent dies. SIGHUP is held
/// back in them until they listen to it (signals.hpp). Threads: start
/// from the main thread only, for the kernel ties the death signal to the thread that forked.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"

namespace webmon::cli {

/// How a process ended.
struct Ended {
  int code = 0;  ///< exit code if `signal` is 0
  int signal = 0;
};
/// "exit code 2", "signal 9 (Killed)".
std::string to_string(const Ended& ended);

struct SpawnOptions {
  std::string name;  ///< argv[0]; also looked for in PATH and /usr/sbin unless `is_self`
  std::vector<std::string> args;  ///< without argv[0]
  bool is_self = false;           ///< run this very binary (/proc/self/exe)
  int output = -1;                ///< descriptor for standard output and error; -1: ours
};

class Child {
 public:
  /// Errors: internal if the kernel gives no process. A program that cannot be executed ends with
  /// code 127.
  static Result<Child> spawn(const SpawnOptions& options);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  /// SIGKILL, if it still runs.
  ~Child();

  pid_t pid() const noexcept { return pid_; }
  /// Readable when it has ended (pidfd_open(2)).
  int fd() const noexcept { return fd_; }
  void signal(int number) const noexcept;
  /// Reaps. Nothing while it runs; afterwards always the same.
  std::optional<Ended> ended() noexcept;
  /// Blocks; nothing if it still runs after `limit`.
  std::optional<Ended> wait(milliseconds limit) noexcept;

 private:
  Child(pid_t pid, int fd) : pid_{pid}, fd_{fd} {}
  void release() noexcept;

  pid_t pid_ = -1;
  int fd_ = -1;
  std::optional<Ended> ended_;
};

}  // namespace webmon::cli
