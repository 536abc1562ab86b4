/// One external check: a program of one directory, started without a shell, in a session, an
/// environment and bounds of its own. Linux only. Threads: of a process with one.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "lib/core/result.hpp"

namespace webmon::executor {

/// What a check may take, beside its time.
inline constexpr std::uint64_t kCheckMemory = 1ULL << 30U;  ///< address space
inline constexpr std::uint64_t kCheckFile = 16ULL << 20U;   ///< of a file it writes
inline constexpr unsigned kCheckFiles = 256;

struct StartedCheck {
  pid_t pid = -1;
  int exit_fd = -1;    ///< readable when it has ended (pidfd_open(2)); the caller closes it
  int output_fd = -1;  ///< its standard output, not blocking; the caller closes it
};

/// `command[0]` is a file of `directory`. Standard error goes nowhere. Errors: not_found if there
/// is no such program, internal.
Result<StartedCheck> start_check(const std::string& directory,
                                 const std::vector<std::string>& command);

}  // namespace webmon::executor
