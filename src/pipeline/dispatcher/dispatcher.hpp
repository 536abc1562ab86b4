/// The broker between those who submit jobs and the executors: streamer, redelivery, snapshots,
/// control channel. It holds no job state that Redis does not hold: what its queues lose is found
/// again by the due scan. Wire formats: docs/wire.md. Threads: the loop's.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "lib/bus/network.hpp"
#include "lib/core/clock.hpp"
#include "lib/core/rng.hpp"
#include "lib/loop/loop.hpp"
#include "lib/metrics/exposition.hpp"
#include "lib/store/redis.hpp"
#include "lib/store/trash.hpp"
#include "pipeline/dispatcher/snapshots.hpp"
#include "pipeline/dispatcher/window.hpp"
#include "pipeline/scheduler/config.hpp"

namespace webmon::dispatcher {

struct Endpoints {
  std::string jobs = "tcp://127.0.0.1:5559";
  std::string work = "tcp://127.0.0.1:5560";
  std::string control = "tcp://127.0.0.1:5561";
};

struct DispatcherConfig {
  Endpoints endpoints;
  std::string ns = "wm";            ///< tenant prefix of all keys
  std::filesystem::path lock_file;  ///< held while it runs, names the holder's pid; empty: none
  std::filesystem::path
      redis_dir;  ///< where dump.rdb is, for generations; empty: Redis is not on this host
  WindowConfig window;
  SnapshotConfig snapshots;
  scheduler::ScheduleConfig schedule;
  milliseconds tick{250};          ///< due scan, expiry of pushes
  milliseconds lease{5'000};       ///< term of the leader's lease; renewed every fifth of it
  milliseconds runs_every{5'000};  ///< from one look at the list of runs to the next
  milliseconds run_retention{3'600'000};
  milliseconds undo_window{store::kUndoWindow};  ///< how long a removed asset can be restored
  milliseconds trash_every{5'000};  ///< from one look at a partition's removed assets to the next
  milliseconds executor_grace{
      5'000};  ///< without a beat (which lives 6 s) until its leases are taken from it
  milliseconds drain_limit{2'000};           ///< how long a stop waits for pushed ids to be claimed
  milliseconds last_snapshot_limit{60'000};  ///< how long a stop waits for the last snapshot
};

class Dispatcher {
 public:
  Dispatcher(Loop& loop, Clock& clock, Rng& rng, store::Connection& redis, bus::Network& network,
             DispatcherConfig config = {});
  ~Dispatcher();

  /// Takes the lock file and begins to compete for the leader's lease; the sockets are bound when
  /// it is first held. Until then, and whenever the lease is lost, the dispatcher stands by. Redis
  /// may be down: it waits for it. Errors: conflict (the lock file is held; names the pid),
  /// bad_config (the lock file cannot be made).
  Result<void> start();

  /// Called once, when it leads for the first time and all sockets are bound.
  void on_ready(std::function<void()> callback);
  /// Called once when it has stopped: after drain_and_stop or the command SHUTDOWN (no error), or
  /// because it cannot go on (a port is taken: conflict that names the endpoint; Redis holds
  /// another schema).
  void on_stopped(std::function<void(Result<void>)> callback);

  /// For all checks planned from now on; times that became too late for it are put right by a walk
  /// that begins at once.
  void set_intervals(scheduler::Intervals intervals);

  /// Stops the intake, waits for what is pushed (drain_limit at most), takes a last snapshot, gives
  /// up the lease. The end is told by on_stopped. A second call changes nothing.
  void drain_and_stop();

  /// Where the sockets are bound ("*" resolved). As configured before that.
  Endpoints endpoints() const;

  bool is_leading() const noexcept;
  MonoTime leads_until() const noexcept;  ///< MonoTime::min() while standing by

  /// `webmon_dispatcher_*` of docs/metrics.md, but for the traffic of Redis.
  void add_metrics(metrics::Exposition& out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon::dispatcher
