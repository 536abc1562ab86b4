/// The helper process that runs external checks for a worker, which may start no programs itself.
/// It is forked before the worker closes its sandbox and before it reads anything of a page, has a
/// socket to each of its threads, and dies with it. Its own filter still denies what no check
/// needs.
#pragma once

#include <string>
#include <vector>

#include "lib/core/result.hpp"

namespace webmon::executor {

inline constexpr std::size_t kChecksAtOnce = 8;     ///< programs running
inline constexpr std::size_t kChecksWaiting = 256;  ///< more are refused

/// Forks the helper. Returns the worker's ends of the sockets, one for each thread; the caller
/// closes them. Call it in a process with one thread whose signals are blocked. Errors: internal.
Result<std::vector<int>> fork_check_helper(const std::string& directory, unsigned threads,
                                           bool is_sandboxed);

}  // namespace webmon::executor
