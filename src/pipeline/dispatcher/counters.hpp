/// What the dispatcher has counted since its start; shown by STATUS and by its metrics.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/core/duration_histogram.hpp"
#include "lib/wire/frames.hpp"

namespace webmon::dispatcher {

inline constexpr std::size_t kCommands = static_cast<std::size_t>(wire::Command::shutdown) + 1;

struct Counters {
  std::uint64_t received = 0;    ///< frames taken from `jobs`
  std::uint64_t malformed = 0;   ///< of those, not a Job ID
  std::uint64_t duplicates = 0;  ///< of those, on their way already
  std::uint64_t gone = 0;    ///< ids whose record is no more: ended and deleted, or it never was
  std::uint64_t pushed = 0;  ///< ids pushed to `work`, repeats included
  std::uint64_t redispatched = 0;  ///< ids that the due scan brought back
  std::uint64_t expired = 0;       ///< pushes given up because nobody claimed them in time
  std::uint64_t looked_up = 0;     ///< look-ups of ids on their way
  std::uint64_t claimed = 0;       ///< ids seen to have left the state ready
  std::uint64_t postponed = 0;     ///< ids seen to wait for their host
  std::uint64_t retried = 0;       ///< expired leases given back
  std::uint64_t dead = 0;          ///< jobs that the due scan ended as dead
  std::uint64_t cancelled = 0;  ///< jobs that the due scan ended as cancelled: their asset is gone
  std::uint64_t commands = 0;   ///< on `control`
  std::uint64_t bad_commands = 0;
  std::array<std::uint64_t, kCommands> by_command{};  ///< the good ones, by wire::Command
  std::uint64_t buried = 0;     ///< executors that died, their leases to be taken back
  DurationHistogram due_scans;  ///< from the question to the answer, all partitions
};

}  // namespace webmon::dispatcher
