/// What the worker process gives up before it reads its first page. Linux only.
#pragma once

#include <cstdint>

#include "lib/core/result.hpp"
#include "pipeline/executor/config.hpp"

namespace webmon::executor {

/// Dies with its parent, no new privileges, no core dumps, bounds on memory and descriptors.
/// Sanitizers need terabytes of address space: no bound on memory then. Errors: internal.
Result<void> limit_process(const ExecutorConfig& config);

/// Whether programs may still be started, as the helper for external checks must.
enum class Programs : std::uint8_t { denied, allowed };

/// From here on EPERM for starting programs (unless allowed), tracing, mounting, loading code into
/// the kernel, and sockets that are not UNIX, IPv4, IPv6 or routing. Inherited by threads started
/// later. Not for a sanitized worker: the leak checker traces itself. Errors: internal.
Result<void> close_sandbox(Programs programs = Programs::denied);

}  // namespace webmon::executor
