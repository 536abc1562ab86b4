// What spans partitions: counts by state, the queue, executors, health.
#include "lib/store/fleet.hpp"

#include "lib/store/assets.hpp"
#include "lib/store/schedule.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

struct Totals {
  std::uint64_t assets = 0, pending = 0, dead = 0, planned = 0, overdue = 0;
  std::array<std::uint64_t, kAssetStates> states{};
};

void add_totals(store::Batch& batch, const store::Keys& keys, Partition p, StoreTime now) {
  for (const auto& key : {keys.assets(p), keys.pend(p), keys.dead(p)}) batch.add({"ZCARD", key});
  store::add_schedule_counts(batch, keys, p, now);
  store::add_state_counts(batch, keys, p);
}

Checked<Totals> sum(std::span<const store::Reply> replies) {
  Totals totals;
  std::size_t at = 0;
  const auto next = [&](std::uint64_t& counter) -> Result<void> {
    const auto number = store::as_integer(replies[at++]);
    if (!number) return fail(number.error());
    counter += static_cast<std::uint64_t>(*number);
    return {};
  };
  for (unsigned p = 0; p < kPartitions; ++p) {
    for (auto* counter :
         {&totals.assets, &totals.pending, &totals.dead, &totals.planned, &totals.overdue}) {
      if (auto ok = next(*counter); !ok) return refuse(std::move(ok.error()));
    }
    for (auto& counter : totals.states) {
      if (auto ok = next(counter); !ok) return refuse(std::move(ok.error()));
    }
  }
  return totals;
}

json::object describe(const store::ExecutorBeat& beat) {
  json::object body;
  body["id"] = beat.id;
  body["host"] = beat.host;
  body["slots"] = beat.slots;
  body["in_flight"] = beat.in_flight;
  body["beat"] = time_or_null(beat.beat);
  return body;
}

Awaitable<Checked<json::array>> executors(Context& context, const std::vector<std::string>& ids) {
  json::array items;
  if (ids.empty()) co_return items;
  store::Batch batch;
  for (const auto& id : ids) store::add_executor(batch, context.keys, id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto beat = store::read_executor(ids[i], (*replies)[i]);
    if (!beat) co_return refuse(beat.error());
    if (*beat) items.push_back(describe(**beat));
  }
  co_return items;
}

}  // namespace

constinit const std::string_view kFleetSchemas = R"({
  "Fleet": {"properties": {
    "assets": {"properties": {"total": "count", "by_state": "StateCounts"}},
    "jobs": {"properties": {"pending": "count", "dead": "count"}},
    "schedule": {"properties": {"planned": "count", "overdue": "count"}},
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
  const auto now = co_await store_now(context);
  if (!now) co_return refuse(now.error());
  store::Batch batch;
  for (unsigned p = 0; p < kPartitions; ++p) {
    add_totals(batch, context.keys, static_cast<Partition>(p), *now);
  }
  store::add_executor_ids(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto totals = sum(*replies);
  if (!totals) co_return refuse(totals.error());
  const auto ids = store::read_executor_ids(replies->back());
  if (!ids) co_return refuse(ids.error());
  auto alive = co_await executors(context, *ids);
  if (!alive) co_return refuse(alive.error());

  json::object states;
  for (std::size_t i = 0; i < kAssetStates; ++i) {
    states[to_string(static_cast<AssetState>(i))] = totals->states[i];
  }
  json::object assets;
  assets["total"] = totals->assets;
  assets["by_state"] = std::move(states);
  json::object jobs;
  jobs["pending"] = totals->pending;
  jobs["dead"] = totals->dead;
  json::object schedule;
  schedule["planned"] = totals->planned;
  schedule["overdue"] = totals->overdue;
  json::object body;
  body["assets"] = std::move(assets);
  body["jobs"] = std::move(jobs);
  body["schedule"] = std::move(schedule);
  body["executors_alive"] = alive->size();
  body["executors"] = std::move(*alive);
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
