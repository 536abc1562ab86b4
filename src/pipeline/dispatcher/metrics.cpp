#include "pipeline/dispatcher/metrics.hpp"

namespace webmon::dispatcher {
namespace {

using metrics::Exposition;

double to_seconds(milliseconds duration) { return static_cast<double>(duration.count()) / 1e3; }

void add_state(Exposition& out, const MetricsView& view) {
  out.gauge("webmon_dispatcher_leader", "1 if this dispatcher leads, 0 if it stands by.")
      .add(view.is_leading ? 1 : 0);
  out.gauge("webmon_dispatcher_paused", "1 between PAUSE and RESUME.").add(view.is_paused ? 1 : 0);
  out.gauge("webmon_dispatcher_draining", "1 between DRAIN and RESUME.")
      .add(view.is_draining ? 1 : 0);
  out.gauge("webmon_dispatcher_redis_up", "1 if Redis answered the last batch.")
      .add(view.is_redis_up ? 1 : 0);
  out.gauge("webmon_dispatcher_executors_alive", "Executors with a fresh beat.")
      .add(view.fleet.executors);
  out.gauge("webmon_dispatcher_executor_slots", "Slots of all executors alive.")
      .add(view.fleet.slots);
  out.gauge("webmon_dispatcher_executor_jobs_in_flight", "Jobs in flight at all executors alive.")
      .add(view.fleet.in_flight);
}

void add_streamer(Exposition& out, const Window& window, const Counters& c) {
  out.gauge("webmon_dispatcher_window_size", "Places for Job IDs on their way to executors.")
      .add(window.limit());
  out.gauge("webmon_dispatcher_window_outstanding",
            "Job IDs held: waiting, or pushed and unclaimed.")
      .add(window.outstanding());
  out.gauge("webmon_dispatcher_window_waiting", "Job IDs held and not pushed yet.")
      .add(window.waiting());
  out.gauge("webmon_dispatcher_window_stuck",
            "Job IDs pushed that nobody claims; they take no place.")
      .add(window.stuck());
  out.counter("webmon_dispatcher_jobs_received_total", "Frames received on jobs.").add(c.received);
  out.counter("webmon_dispatcher_jobs_malformed_total", "Frames received that are not a Job ID.")
      .add(c.malformed);
  out.counter("webmon_dispatcher_jobs_duplicate_total", "Job IDs received that were held already.")
      .add(c.duplicates);
  out.counter("webmon_dispatcher_jobs_unknown_total",
              "Job IDs whose record is gone: ended and deleted, or never there.")
      .add(c.gone);
  out.counter("webmon_dispatcher_jobs_pushed_total", "Job IDs pushed to work, repeats included.")
      .add(c.pushed);
  out.counter("webmon_dispatcher_jobs_claimed_total", "Job IDs seen to be claimed or ended.")
      .add(c.claimed);
  out.counter("webmon_dispatcher_jobs_postponed_total", "Job IDs seen to wait for their host.")
      .add(c.postponed);
  out.counter("webmon_dispatcher_pushes_expired_total", "Pushes given up: not claimed in time.")
      .add(c.expired);
  out.counter("webmon_dispatcher_lookups_total", "Look-ups in Redis of Job IDs held.")
      .add(c.looked_up);
}

void add_redelivery(Exposition& out, const Counters& c) {
  out.counter("webmon_dispatcher_redeliveries_total", "Job IDs that the due scan brought back.")
      .add(c.redispatched);
  out.counter("webmon_dispatcher_leases_expired_total", "Leases taken back from executors.")
      .add(c.retried);
  out.counter("webmon_dispatcher_jobs_dead_total", "Jobs ended as dead by this dispatcher.")
      .add(c.dead);
  out.counter("webmon_dispatcher_jobs_cancelled_total", "Jobs cancelled: their asset is gone.")
      .add(c.cancelled);
  out.counter("webmon_dispatcher_executors_buried_total",
              "Executors that died; their leases were taken back.")
      .add(c.buried);
  out.histogram("webmon_dispatcher_due_scan_duration_seconds",
                "Scans of all partitions for jobs that are due.")
      .add(c.due_scans);
}

void add_control(Exposition& out, const Counters& c) {
  out.counter("webmon_dispatcher_control_commands_total", "Commands received on control, by name.");
  for (std::size_t i = 0; i < c.by_command.size(); ++i)
    out.add(c.by_command[i], {{"command", wire::to_string(static_cast<wire::Command>(i))}});
  out.counter("webmon_dispatcher_control_malformed_total",
              "Messages on control that are no command.")
      .add(c.bad_commands);
}

void add_scheduler(Exposition& out, const scheduler::Scheduler& s) {
  const auto& c = s.counters();
  out.gauge("webmon_dispatcher_assets_planned", "Assets with a time of their next check.")
      .add(s.counts().planned);
  out.gauge("webmon_dispatcher_assets_overdue", "Assets whose time has passed.")
      .add(s.counts().overdue);
  out.gauge("webmon_dispatcher_open_jobs", "Jobs that have not ended.").add(s.open_jobs());
  out.gauge("webmon_dispatcher_schedule_lag_p50_seconds",
            "Median of how late the newest 4096 scheduled checks were submitted.")
      .add(to_seconds(s.lag().quantile(0.50)));
  out.gauge("webmon_dispatcher_schedule_lag_p99_seconds", "The 99th percentile of the same.")
      .add(to_seconds(s.lag().quantile(0.99)));
  out.histogram("webmon_dispatcher_schedule_lag_seconds",
                "How late scheduled checks were submitted.")
      .add(c.lag);
  out.counter("webmon_dispatcher_schedule_created_total", "Checks submitted by the scheduler.")
      .add(c.created);
  out.counter("webmon_dispatcher_schedule_busy_total",
              "Checks left out: the last one of the asset had not ended.")
      .add(c.busy);
  out.counter("webmon_dispatcher_schedule_held_back_total",
              "Passes that submitted nothing: too many jobs are open.")
      .add(c.held_back);
  out.counter("webmon_dispatcher_schedule_moved_total",
              "Checks left out: their time was changed meanwhile.")
      .add(c.moved);
  out.counter("webmon_dispatcher_schedule_repaired_total", "Times of checks put right by the walk.")
      .add(c.repaired);
}

void add_snapshots(Exposition& out, const Snapshots& s) {
  out.counter("webmon_dispatcher_snapshots_total", "Snapshots ended, by result.")
      .add(s.completed(), {{"result", "ok"}})
      .add(s.failed(), {{"result", "failed"}});
  out.counter("webmon_dispatcher_snapshots_begun_total", "Snapshots asked of Redis.")
      .add(s.begun());
  out.counter("webmon_dispatcher_snapshot_seconds_total",
              "Time in which snapshots that ended well ran; its rate is the duty.")
      .add(to_seconds(s.time_saving()));
  out.gauge("webmon_dispatcher_snapshot_last_duration_seconds", "How long the last good one took.")
      .add(to_seconds(s.last_duration()));
  out.gauge("webmon_dispatcher_snapshot_last_success_timestamp_seconds",
            "When Redis ended its last good save, by its clock; 0 if not known.")
      .add(static_cast<double>(to_ms(s.last_save())) / 1e3);
  out.gauge("webmon_dispatcher_snapshot_failures_in_a_row", "Failures since the last good one.")
      .add(s.failures());
  out.gauge("webmon_dispatcher_snapshot_running", "1 while one runs.").add(s.is_running() ? 1 : 0);
  out.gauge("webmon_dispatcher_snapshot_epoch", "Number of the last one begun.").add(s.epoch());
  out.gauge("webmon_dispatcher_snapshot_durable_epoch", "Number of the last one on disk.")
      .add(s.durable());
}

}  // namespace

void add_metrics(Exposition& out, const MetricsView& view) {
  add_state(out, view);
  add_streamer(out, view.window, view.counters);
  add_redelivery(out, view.counters);
  add_control(out, view.counters);
  add_scheduler(out, view.scheduler);
  add_snapshots(out, view.snapshots);
}

}  // namespace webmon::dispatcher
