/// What /proc tells of a process, under the names that Prometheus' client libraries use, and what
/// build this is.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "lib/metrics/exposition.hpp"

namespace webmon::metrics {

struct ProcessFacts {
  double start_time_seconds = 0;  ///< since the Unix epoch, by this host's clock
  double cpu_seconds = 0;         ///< user and system, of all threads
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;  ///< 0: no bound
};
/// Nothing: there is no such process (any more). What may not be read is 0.
std::optional<ProcessFacts> read_process(pid_t pid);

/// `webmon_build_info` and `process_*` of this process.
void add_process(Exposition& out);

}  // namespace webmon::metrics
