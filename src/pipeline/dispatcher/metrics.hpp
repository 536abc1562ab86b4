/// What a dispatcher tells Prometheus: the same numbers as STATUS (status.hpp), and histograms.
#pragma once

#include "lib/metrics/exposition.hpp"
#include "pipeline/dispatcher/counters.hpp"
#include "pipeline/dispatcher/fleet.hpp"
#include "pipeline/dispatcher/snapshots.hpp"
#include "pipeline/dispatcher/window.hpp"
#include "pipeline/scheduler/scheduler.hpp"

namespace webmon::dispatcher {

struct MetricsView {
  bool is_leading = false, is_paused = false, is_draining = false, is_redis_up = false;
  const Counters& counters;
  const Window& window;
  const FleetSum& fleet;
  const Snapshots& snapshots;
  const scheduler::Scheduler& scheduler;
};

/// `webmon_dispatcher_*` of docs/metrics.md, but for the traffic of Redis.
void add_metrics(metrics::Exposition& out, const MetricsView& view);

}  // namespace webmon::dispatcher
