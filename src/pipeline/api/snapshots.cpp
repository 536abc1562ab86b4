// POST snapshots: take one now and wait. GET snapshots/{epoch}: what became of an epoch that a call
// promised.
#include "lib/store/fleet.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {
namespace {

/// Pure. `is_settled`: the dispatcher has seen this Redis process, so that numbers above epoch + 1
/// were never promised.
std::string_view status_of(const store::SnapState& snap, std::uint64_t epoch, bool is_settled) {
  if (store::is_lost(snap, epoch)) return "lost";
  if (epoch <= snap.durable) return "durable";
  if (epoch <= snap.epoch + 1 || !is_settled) return "pending";
  return "unknown";
}

}  // namespace

constinit const std::string_view kSnapshotSchemas = R"({
  "SnapshotTaken": {"properties": {
    "epoch": "count", "status": {"const": "durable"}, "durable": {"const": true}}},
  "Snapshot": {"properties": {
    "epoch": "count",
    "status": {"enum": ["pending", "durable", "lost"]},
    "durable": "boolean",
    "expected_wait_ms": "count"}}
})";

Awaitable<Answer> create_snapshot(Context& context, const Request& request) {
  if (const auto waits = wants_snapshot(request); !waits) co_return refuse(waits.error());
  if (!request.body.empty() && request.body != "{}") {
    co_return refuse(422, "bad_input", "this call takes no body");
  }
  const auto epoch = co_await context.control.snapshot_now(context.limits.snapshot_timeout);
  if (!epoch) {
    Problem problem;
    problem.status = 503;
    problem.code = "snapshot_failed";
    problem.detail = epoch.error().detail;
    problem.headers = {{"Retry-After", "2"}};
    problem.extra["durable"] = false;
    co_return refuse(std::move(problem));
  }
  boost::json::object body;
  body["epoch"] = *epoch;
  body["status"] = "durable";
  body["durable"] = true;
  auto response = json_response(201, body);
  response.headers.emplace_back("Location", "/api/v1/snapshots/" + std::to_string(*epoch));
  co_return response;
}

Awaitable<Answer> get_snapshot(Context& context, const Request& request) {
  const auto epoch = parse_number(request.params.at(0));
  if (!epoch || *epoch == 0) {
    co_return refuse(400, "bad_id", "an epoch is a positive number");
  }
  store::Batch batch;
  store::add_snap_state(batch, context.keys);
  store::add_persistence(batch);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto snap = store::read_snap_state((*replies)[0]);
  if (!snap) co_return refuse(snap.error());
  const auto persistence = store::read_persistence((*replies)[1]);
  if (!persistence) co_return refuse(persistence.error());
  const auto status = status_of(*snap, *epoch, snap->boot == persistence->run_id);
  if (status == "unknown") {
    co_return refuse(404, "not_found", "no call was promised epoch " + std::to_string(*epoch));
  }
  boost::json::object body;
  body["epoch"] = *epoch;
  body["status"] = status;
  body["durable"] = status == "durable";
  body["expected_wait_ms"] = status == "pending" ? snap->last_duration.count() : 0;
  co_return json_response(200, body);
}

}  // namespace webmon::api
