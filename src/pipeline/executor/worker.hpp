/// One executor thread's work: pulls Job IDs, claims them in Redis, fetches, runs the plugins,
/// commits. Everything waits in one loop; nothing here blocks. A Job ID is only a hint, the lease
/// in Redis is the truth: whatever is lost on the way is picked up again by the dispatcher.
///   received -> head read -> claimed -> fetching -> committing -> gone
/// Threads: all calls on the loop's thread, but `request_stop` and the counters.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "lib/bus/network.hpp"
#include "lib/core/clock.hpp"
#include "lib/core/rng.hpp"
#include "lib/fetch/fetcher.hpp"
#include "lib/loop/loop.hpp"
#include "lib/store/redis.hpp"
#include "pipeline/executor/config.hpp"
#include "pipeline/executor/lease_page.hpp"

namespace webmon::executor {

/// Shared by the threads of one worker process; numbers only ever grow, but `in_flight`.
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
};

/// What a worker is built from; all must outlive it. `loop` is the thread's own.
struct WorkerPorts {
  Loop& loop;
  Clock& clock;
  Rng& rng;
  bus::Network& bus;
  Counters& counters;
  LeasePage& page;
  fetch::PageSource& pages;
  /// The connection to Redis, made once, by start().
  std::function<std::unique_ptr<store::Connection>()> open_store;
  unsigned thread = 0;  ///< index in `page`; thread 0 beats for all
};

class Worker {
 public:
  /// `config.id` is not empty.
  Worker(WorkerPorts ports, const ExecutorConfig& config);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Connects to `work`. Errors: as bus::Network::connect; bad_config for networks that do not
  /// parse.
  Result<void> start();
  /// Stops intake, drains until the deadline, gives the rest back, then stops the loop. Any thread.
  void request_stop() noexcept;
  bool has_stopped() const noexcept;
  /// Why the loop was stopped: the first Redis that answered holds the data of a newer build. After
  /// the loop has ended.
  const std::optional<Error>& refused() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon::executor
