/// One executor thread's work: pulls Job IDs, claims them in Redis, fetches, runs the plugins,
/// commits. Everything waits in one loop; nothing here blocks. A Job ID is only a hint, the lease
/// in Redis is the truth: whatever is lost on the way is picked up again by the dispatcher.
///   received -> head read -> claimed -> fetching -> committing -> gone
/// Threads: all calls on the loop's thread, but `request_stop` and the counters.
#pragma once

#include <functional>
#include <memory>

#include "lib/bus/network.hpp"
#include "lib/core/clock.hpp"
#include "lib/core/rng.hpp"
#include "lib/fetch/fetcher.hpp"
#include "lib/fetch/records.hpp"
#include "lib/loop/loop.hpp"
#include "lib/store/redis.hpp"
#include "pipeline/executor/config.hpp"
#include "pipeline/executor/counters.hpp"
#include "pipeline/executor/external_checks.hpp"
#include "pipeline/executor/lease_page.hpp"

namespace webmon::executor {

/// What a worker is built from; all must outlive it. `loop` is the thread's own.
struct WorkerPorts {
  Loop& loop;
  Clock& clock;
  Rng& rng;
  bus::Network& bus;
  Counters& counters;
  LeasePage& page;
  fetch::PageSource& pages;
  fetch::Records* records = nullptr;  ///< null: plugins cannot ask name servers
  /// The connection to Redis, made once, by start().
  std::function<std::unique_ptr<store::Connection>()> open_store;
  ExternalChecks* checks = nullptr;  ///< null: none are allowed
  unsigned thread = 0;               ///< index in `page`; thread 0 beats for all
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
  /// Host limits, lease, deadlines and bounds of fetches from now on; all else stays. `config` has
  /// been validated. On the loop's thread, between turns.
  void reconfigure(const ExecutorConfig& config);
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
