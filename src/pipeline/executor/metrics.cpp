#include "pipeline/executor/metrics.hpp"

#include "lib/core/plugin.hpp"
#include "lib/metrics/process.hpp"

namespace webmon::executor {
namespace {

using metrics::Exposition;

void add_jobs(Exposition& out, const Counters& c) {
  out.counter("webmon_executor_jobs_received_total", "Frames received from the dispatcher.")
      .add(c.received.load());
  out.counter("webmon_executor_jobs_malformed_total", "Frames received that are not a Job ID.")
      .add(c.malformed.load());
  out.counter("webmon_executor_jobs_dropped_total",
              "Job IDs received whose job is not ready any more, or unknown.")
      .add(c.dropped.load());
  out.counter("webmon_executor_claims_total", "Claims answered by Redis.")
      .add(c.claimed.load(), {{"result", "granted"}})
      .add(c.refused.load(), {{"result", "refused"}});
  out.counter("webmon_executor_jobs_ended_total", "Claimed jobs by how they ended here.")
      .add(c.done.load(), {{"end", "done"}})
      .add(c.cancelled.load(), {{"end", "cancelled"}})
      .add(c.fenced.load(), {{"end", "fenced"}})
      .add(c.lost.load(), {{"end", "lost"}})
      .add(c.released.load(), {{"end", "released"}})
      .add(c.given_up.load(), {{"end", "given_up"}});
  out.counter("webmon_executor_commits_stale_total",
              "Commits that came behind another one and were judged again.")
      .add(c.stale.load());
  out.counter("webmon_executor_observations_late_total",
              "Committed observations older than the newest of their asset.")
      .add(c.late.load());
  out.counter("webmon_executor_store_failures_total",
              "Steps of jobs that failed because Redis did not answer or refused.")
      .add(c.store_failures.load());
  out.gauge("webmon_executor_jobs_in_flight", "Jobs taken and not ended.").add(c.in_flight.load());
}

void add_fetches(Exposition& out, const Counters& c) {
  out.counter("webmon_executor_checks_total", "Checks committed, by the outcome of the fetch.");
  for (std::size_t i = 0; i < kOutcomes; ++i)
    out.add(c.checks[i].load(), {{"outcome", to_string(static_cast<Outcome>(i))}});
  out.histogram("webmon_executor_fetch_duration_seconds", "Fetches of pages, all hops.")
      .add(c.fetch);
  out.histogram("webmon_executor_fetch_phase_duration_seconds", "Phases of the hops of fetches.")
      .add(c.resolve, {{"phase", "resolve"}})
      .add(c.connect, {{"phase", "connect"}})
      .add(c.tls, {{"phase", "tls"}})
      .add(c.processing, {{"phase", "processing"}})
      .add(c.transfer, {{"phase", "transfer"}});
  out.counter("webmon_executor_side_requests_total",
              "Requests of plugins beside the page, by where the answer came from.")
      .add(c.sides.from_memory.load(), {{"from", "memory"}})
      .add(c.sides.from_redis.load(), {{"from", "redis"}})
      .add(c.sides.asked.load(), {{"from", "network"}})
      .add(c.sides.refused.load(), {{"from", "refused"}});
  out.counter("webmon_executor_received_bytes_total",
              "Bytes of the heads and bodies of pages, as they came over the wire.")
      .add(c.received_bytes.load());
}

void add_plugins(Exposition& out, const Counters& c) {
  const auto plugins = all_plugins();
  out.histogram("webmon_executor_plugin_duration_seconds", "Runs of plugins, by plugin.");
  for (const auto* plugin : plugins)
    out.add(c.plugins[plugin->number].runs, {{"plugin", plugin->name}});
  out.counter("webmon_executor_plugin_errors_total", "Reports with the state error, by plugin.");
  for (const auto* plugin : plugins)
    out.add(c.plugins[plugin->number].errors.load(), {{"plugin", plugin->name}});
  out.counter("webmon_executor_plugin_blamed_total",
              "Deaths of workers that a plugin is blamed for.");
  for (const auto* plugin : plugins)
    out.add(c.plugins[plugin->number].blamed.load(), {{"plugin", plugin->name}});
}

void add_worker(Exposition& out, const WorkerFacts& w) {
  out.gauge("webmon_executor_threads", "Threads of the worker.").add(w.threads);
  out.gauge("webmon_executor_slots", "Jobs that may be in flight at once.")
      .add(w.threads * w.slots);
  out.gauge("webmon_executor_worker_up", "1 while there is a worker process.")
      .add(w.pid > 0 ? 1 : 0);
  out.counter("webmon_executor_worker_deaths_total", "Ends of workers that nobody had asked for.")
      .add(w.deaths);
  out.counter("webmon_executor_worker_overruns_total",
              "Workers killed because a plugin did not return in time.")
      .add(w.overruns);
  out.counter("webmon_executor_leases_settled_total", "Leases of dead workers given back.")
      .add(w.leases_settled);
  const auto facts = w.pid > 0 ? metrics::read_process(w.pid) : std::nullopt;
  out.counter("webmon_executor_worker_cpu_seconds_total", "CPU time of the present worker.");
  if (facts) out.add(facts->cpu_seconds);
  out.gauge("webmon_executor_worker_resident_memory_bytes", "Resident memory of the worker.");
  if (facts) out.add(facts->resident_bytes);
  out.gauge("webmon_executor_worker_open_fds", "Open file descriptors of the worker.");
  if (facts) out.add(facts->open_fds);
}

}  // namespace

void add_metrics(Exposition& out, const Counters& counters, const WorkerFacts& worker) {
  add_jobs(out, counters);
  add_fetches(out, counters);
  add_plugins(out, counters);
  add_worker(out, worker);
  metrics::add_redis(out, "webmon_executor", counters.redis);
}

}  // namespace webmon::executor
