/// What an executor's supervisor tells Prometheus: its worker's counters and its own.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "lib/metrics/exposition.hpp"
#include "pipeline/executor/counters.hpp"

namespace webmon::executor {

/// The supervisor's own view.
struct WorkerFacts {
  pid_t pid = -1;                    ///< of the worker; -1: none now
  unsigned threads = 0, slots = 0;   ///< slots of one thread
  std::uint64_t deaths = 0;          ///< of workers that had not been asked to end
  std::uint64_t overruns = 0;        ///< workers killed because a plugin took too long
  std::uint64_t leases_settled = 0;  ///< leases of dead workers that Redis has taken back
};

/// `webmon_executor_*` of docs/metrics.md.
void add_metrics(metrics::Exposition& out, const Counters& counters, const WorkerFacts& worker);

}  // namespace webmon::executor
