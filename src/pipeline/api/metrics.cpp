// GET /metrics: what this process counted, and the fleet.
#include "lib/metrics/exposition.hpp"
#include "lib/metrics/process.hpp"
#include "pipeline/api/counters.hpp"
#include "pipeline/api/fleet_view.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/journal.hpp"
#include "pipeline/api/routes.hpp"

namespace webmon::api {
namespace {

using metrics::Exposition;

double to_seconds(milliseconds duration) { return static_cast<double>(duration.count()) / 1e3; }

/// "{id}" says more than "{}".
std::string pattern_of(std::optional<std::size_t> route) {
  if (!route) return "none";
  std::string pattern{routes()[*route].pattern};
  if (const auto hole = pattern.find("{}"); hole != pattern.npos) pattern.insert(hole + 1, "id");
  return pattern;
}

std::string_view method_of(std::optional<std::size_t> route) {
  return route ? routes()[*route].method : "other";
}

void add_requests(Exposition& out, const Counters& counters) {
  constexpr std::string_view kClasses[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
  out.counter("webmon_api_requests_total", "Requests answered.");
  for (const auto& [route, counted] : counters.routes())
    for (std::size_t i = 0; i < Counters::kClasses; ++i)
      if (counted.by_class[i] > 0)
        out.add(
            counted.by_class[i],
            {{"method", method_of(route)}, {"route", pattern_of(route)}, {"class", kClasses[i]}});
  out.histogram("webmon_api_request_duration_seconds",
                "Requests from the end of the request to its answer, before it is sent.");
  for (const auto& [route, counted] : counters.routes())
    out.add(counted.took, {{"method", method_of(route)}, {"route", pattern_of(route)}});
  out.counter("webmon_api_refusals_total", "Requests answered with a problem, by its code.");
  for (const auto& [code, count] : counters.refusals()) out.add(count, {{"code", code}});
  out.counter("webmon_api_connections_total", "Connections accepted.")
      .add(counters.connections_accepted);
  out.gauge("webmon_api_connections", "Connections open.").add(counters.connections);
  out.gauge("webmon_api_streams", "Answers that are being sent part by part.")
      .add(counters.streams);
}

void add_store(Exposition& out, Context& context) {
  out.gauge("webmon_api_redis_up", "1 while there is a connection to Redis.")
      .add(context.redis.is_up() ? 1 : 0);
  metrics::add_redis(out, "webmon_api", context.redis.traffic());
  const auto& journal = context.redis.journal();
  out.gauge("webmon_api_journal_commands", "Changes kept until a snapshot holds them.")
      .add(journal.commands());
  out.gauge("webmon_api_journal_bytes", "Memory of these changes.").add(journal.bytes());
  const auto& jobs = context.jobs.counters();
  out.counter("webmon_api_jobs_submitted_total", "Jobs submitted, by what came of it.")
      .add(jobs.created, {{"result", "created"}})
      .add(jobs.existed, {{"result", "existed"}})
      .add(jobs.no_asset, {{"result", "no_asset"}});
  out.counter("webmon_api_job_ids_total", "Job IDs for the dispatcher, sent or left to its scan.")
      .add(jobs.sent, {{"result", "sent"}})
      .add(jobs.unsent, {{"result", "unsent"}});
}

/// A gauge that has a value only while the fleet can be read.
template <class F>
void add_gauge(Exposition& out, const FleetView* fleet, std::string_view name,
               std::string_view help, F value) {
  out.gauge(name, help);
  if (fleet != nullptr) out.add(value(*fleet));
}

void add_assets(Exposition& out, const FleetView* fleet) {
  out.gauge("webmon_fleet_assets", "Assets by state.");
  for (std::size_t i = 0; fleet != nullptr && i < kAssetStates; ++i)
    out.add(fleet->states[i], {{"state", to_string(static_cast<AssetState>(i))}});
  add_gauge(out, fleet, "webmon_fleet_assets_planned", "Assets with a time of their next check.",
            [](const FleetView& f) { return f.planned; });
  add_gauge(out, fleet, "webmon_fleet_assets_overdue", "Assets whose time has passed.",
            [](const FleetView& f) { return f.overdue; });
  add_gauge(out, fleet, "webmon_fleet_jobs_pending", "Jobs ready, leased or waiting.",
            [](const FleetView& f) { return f.pending; });
  add_gauge(out, fleet, "webmon_fleet_jobs_dead", "Dead jobs that are kept.",
            [](const FleetView& f) { return f.dead; });
}

void add_parts(Exposition& out, const FleetView* fleet) {
  add_gauge(out, fleet, "webmon_fleet_executors_alive", "Executors with a fresh beat.",
            [](const FleetView& f) { return f.executors.size(); });
  const auto sum = [](int store::ExecutorBeat::*member) {
    return [member](const FleetView& f) {
      std::int64_t total = 0;
      for (const auto& beat : f.executors) total += beat.*member;
      return total;
    };
  };
  add_gauge(out, fleet, "webmon_fleet_executor_slots", "Slots of all executors alive.",
            sum(&store::ExecutorBeat::slots));
  add_gauge(out, fleet, "webmon_fleet_executor_jobs_in_flight", "Jobs in flight at all of them.",
            sum(&store::ExecutorBeat::in_flight));
  add_gauge(out, fleet, "webmon_fleet_leader", "1 if a dispatcher leads.",
            [](const FleetView& f) { return f.leader ? 1 : 0; });
}

/// What the leader tells; without one there are no values.
void add_schedule(Exposition& out, const store::LeaderReport* leader) {
  out.gauge("webmon_fleet_open_jobs", "Jobs that have not ended, as the leader counts.");
  if (leader != nullptr) out.add(leader->open_jobs);
  out.gauge("webmon_fleet_schedule_lag_p50_seconds",
            "Median of how late the newest 4096 scheduled checks were submitted.");
  if (leader != nullptr) out.add(to_seconds(leader->lag_p50));
  out.gauge("webmon_fleet_schedule_lag_p99_seconds", "The 99th percentile of the same.");
  if (leader != nullptr) out.add(to_seconds(leader->lag_p99));
}

void add_snapshots(Exposition& out, const FleetView* fleet) {
  add_gauge(out, fleet, "webmon_fleet_snapshot_epoch", "Number of the last snapshot begun.",
            [](const FleetView& f) { return f.snapshots.epoch; });
  add_gauge(out, fleet, "webmon_fleet_snapshot_durable_epoch", "Number of the last one on disk.",
            [](const FleetView& f) { return f.snapshots.durable; });
  add_gauge(out, fleet, "webmon_fleet_snapshot_last_duration_seconds", "How long that one took.",
            [](const FleetView& f) { return to_seconds(f.snapshots.last_duration); });
  add_gauge(out, fleet, "webmon_fleet_snapshot_last_success_timestamp_seconds",
            "When Redis ended its last good save, by its clock.", [](const FleetView& f) {
              return static_cast<double>(to_ms(f.persistence.last_save)) / 1e3;
            });
  add_gauge(out, fleet, "webmon_fleet_snapshot_ok", "1 if Redis' last save ended well.",
            [](const FleetView& f) { return f.persistence.last_ok ? 1 : 0; });
}

}  // namespace

Awaitable<Answer> get_metrics(Context& context, const Request&) {
  const auto fleet = co_await fleet_for_scrape(context);
  const auto* leader = fleet && fleet->leader ? &*fleet->leader : nullptr;
  Exposition out;
  metrics::add_process(out);
  add_requests(out, context.counters);
  add_store(out, context);
  add_assets(out, fleet.get());
  add_parts(out, fleet.get());
  add_schedule(out, leader);
  add_snapshots(out, fleet.get());
  Response response;
  response.content_type = metrics::kContentType;
  response.body = out.text();
  co_return response;
}

}  // namespace webmon::api
