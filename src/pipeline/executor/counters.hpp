/// What the threads of an executor's worker count. The object lies in the page shared with the
/// supervisor, which serves it as metrics: so all of it goes on over the deaths of workers, and
/// counting costs an addition. Threads: any may add and read.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/core/duration_histogram.hpp"
#include "lib/core/page.hpp"
#include "lib/core/redis_traffic.hpp"
#include "lib/store/report_blob.hpp"

namespace webmon::executor {

inline constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::inconclusive) + 1;
inline constexpr std::size_t kPluginNumbers = 256;

struct PluginCounters {
  DurationHistogram runs;                ///< from entering the plugin to leaving it
  std::atomic<std::uint64_t> errors{0};  ///< reports with the state `error`
  std::atomic<std::uint64_t> blamed{0};  ///< deaths of workers that it is blamed for
};

/// Requests of plugins beside the page, by where the answer came from.
struct SideCounters {
  std::atomic<std::uint64_t> from_memory{0};
  std::atomic<std::uint64_t> from_redis{0};
  std::atomic<std::uint64_t> asked{0};    ///< of the world
  std::atomic<std::uint64_t> refused{0};  ///< over the budget of their host
};

/// Only ever grow, but `in_flight` and `is_followed`.
struct Counters {
  std::atomic<std::uint64_t> received{0};   ///< frames from `work`
  std::atomic<std::uint64_t> malformed{0};  ///< frames that are not a Job ID
  std::atomic<std::uint64_t> dropped{0};    ///< ids of jobs that are not ready, or are unknown
  std::atomic<std::uint64_t> refused{0};  ///< claims not granted: somebody else's, postponed, ended
  std::atomic<std::uint64_t> claimed{0};
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> stale{0};   ///< commits judged again by a newer model
  std::atomic<std::uint64_t> fenced{0};  ///< commits of a lease that was not ours any more
  std::atomic<std::uint64_t> cancelled{0};
  std::atomic<std::uint64_t> lost{0};      ///< leases that could not be renewed in time
  std::atomic<std::uint64_t> given_up{0};  ///< results dropped because Redis stayed away
  std::atomic<std::uint64_t> released{0};
  std::atomic<std::uint64_t> store_failures{0};
  std::atomic<std::uint64_t> late{0};  ///< observations older than the newest
  std::atomic<std::int64_t> in_flight{0};
  std::atomic<bool> is_followed{false};  ///< somebody listens to events, by the last beat

  std::array<std::atomic<std::uint64_t>, kOutcomes> checks{};  ///< committed, by Outcome
  std::atomic<std::uint64_t> received_bytes{0};                ///< heads and bodies, as on the wire
  DurationHistogram resolve, connect, tls, processing, transfer;  ///< of hops
  DurationHistogram fetch;                                        ///< of pages, all hops
  SideCounters sides;
  RedisTraffic redis;
  std::array<PluginCounters, kPluginNumbers> plugins;  ///< by plugin number
};

/// A page has been fetched.
void count_fetch(Counters& counters, const Page& page) noexcept;
/// Its plugins have run.
void count_reports(Counters& counters, std::span<const store::PluginEntry> entries) noexcept;

}  // namespace webmon::executor
