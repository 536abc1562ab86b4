/// What one connection to Redis has cost, for the metrics of the process that holds it. May lie in
/// memory that processes share. Threads: any may add and read.
#pragma once

#include <atomic>
#include <cstdint>

#include "lib/core/duration_histogram.hpp"

namespace webmon {

struct RedisTraffic {
  DurationHistogram round_trips;           ///< batches answered, by how long that took
  std::atomic<std::uint64_t> commands{0};  ///< sent in batches
  std::atomic<std::uint64_t> failures{0};  ///< batches without an answer: no connection, too late
};

}  // namespace webmon
