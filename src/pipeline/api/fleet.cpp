// What spans partitions: counts by state, the queue, executors, health.
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/fleet_view.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

json::object describe(const store::ExecutorBeat& beat) {
  json::object body;
  body["id"] = beat.id;
  body["host"] = beat.host;
  body["slots"] = beat.slots;
  body["in_flight"] = beat.in_flight;
  body["beat"] = time_or_null(beat.beat);
  return body;
}

json::object schedule_of(const FleetView& fleet) {
  json::object body;
  body["planned"] = fleet.planned;
  body["overdue"] = fleet.overdue;
  body["open_jobs"] = nullptr;
  body["lag_p50_ms"] = nullptr;
  body["lag_p99_ms"] = nullptr;
  if (!fleet.leader) return body;
  body["open_jobs"] = fleet.leader->open_jobs;
  body["lag_p50_ms"] = fleet.leader->lag_p50.count();
  body["lag_p99_ms"] = fleet.leader->lag_p99.count();
  return body;
}

json::object snapshots_of(const FleetView& fleet) {
  json::object body;
  body["epoch"] = fleet.snapshots.epoch;
  body["durable"] = fleet.snapshots.durable;
  body["last_duration_ms"] = fleet.snapshots.last_duration.count();
  body["last_ok"] = fleet.persistence.last_ok;
  body["last_save"] = time_or_null(fleet.persistence.last_save);
  return body;
}

}  // namespace

constinit const std::string_view kFleetSchemas = R"({
  "Fleet": {"properties": {
    "assets": {"properties": {"total": "count", "by_state": "StateCounts"}},
    "jobs": {"properties": {"pending": "count", "dead": "count"}},
    "schedule": {"properties": {"planned": "count", "overdue": "count", "open_jobs": "count?",
      "lag_p50_ms": "count?", "lag_p99_ms": "count?"}},
    "snapshots": {"properties": {"epoch": "count", "durable": "count", "last_duration_ms": "count",
      "last_ok": "boolean", "last_save": "Time?"}},
    "executors_alive": "count",
    "executors": {"type": "array", "items": {"properties": {
      "id": "string", "host": "string", "slots": "count", "in_flight": "count", "beat": "Time?"}}}}},
  "Health": {"properties": {
    "status": {"enum": ["ok", "degraded"]},
    "redis": {"const": "up"},
    "dispatcher": {"enum": ["up", "down"]},
    "snapshots": {"properties": {
      "epoch": "count", "durable": "count", "last_duration_ms": "count", "last_ok": "boolean"}},
    "jobs": {"properties": {
      "created": "count", "existed": "count", "sent": "count", "unsent": "count"}}}}
})";

Awaitable<Answer> get_fleet(Context& context, const Request&) {
  const auto fleet = co_await read_fleet(context);
  if (!fleet) co_return refuse(fleet.error());
  json::object states;
  for (std::size_t i = 0; i < kAssetStates; ++i) {
    states[to_string(static_cast<AssetState>(i))] = fleet->states[i];
  }
  json::object assets;
  assets["total"] = fleet->assets;
  assets["by_state"] = std::move(states);
  json::object jobs;
  jobs["pending"] = fleet->pending;
  jobs["dead"] = fleet->dead;
  json::array executors;
  for (const auto& beat : fleet->executors) executors.push_back(describe(beat));
  json::object body;
  body["assets"] = std::move(assets);
  body["jobs"] = std::move(jobs);
  body["schedule"] = schedule_of(*fleet);
  body["snapshots"] = snapshots_of(*fleet);
  body["executors_alive"] = executors.size();
  body["executors"] = std::move(executors);
  co_return json_response(200, body);
}

Awaitable<Answer> get_health(Context& context, const Request&) {
  store::Batch batch;
  const auto leader = context.keys.leader();
  batch.add({"EXISTS", leader});
  store::add_snap_state(batch, context.keys);
  store::add_persistence(batch);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto has_leader = store::as_integer((*replies)[0]);
  if (!has_leader) co_return refuse(has_leader.error());
  const auto snap = store::read_snap_state((*replies)[1]);
  if (!snap) co_return refuse(snap.error());
  const auto persistence = store::read_persistence((*replies)[2]);
  if (!persistence) co_return refuse(persistence.error());

  json::object snapshots;
  snapshots["epoch"] = snap->epoch;
  snapshots["durable"] = snap->durable;
  snapshots["last_duration_ms"] = snap->last_duration.count();
  snapshots["last_ok"] = persistence->last_ok;
  const auto& counters = context.jobs.counters();
  json::object jobs;
  jobs["created"] = counters.created;
  jobs["existed"] = counters.existed;
  jobs["sent"] = counters.sent;
  jobs["unsent"] = counters.unsent;
  json::object body;
  const bool is_ok = *has_leader == 1 && persistence->last_ok;
  body["status"] = is_ok ? "ok" : "degraded";
  body["redis"] = "up";
  body["dispatcher"] = *has_leader == 1 ? "up" : "down";
  body["snapshots"] = std::move(snapshots);
  body["jobs"] = std::move(jobs);
  co_return json_response(200, body);
}

}  // namespace webmon::api
