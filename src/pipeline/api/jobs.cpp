// GET jobs/{id} and its cancellation.
#include "lib/core/plugin.hpp"
#include "lib/store/fleet.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/run_access.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

Awaitable<Checked<store::JobRecord>> load_job(Context& context, const Request& request) {
  const auto id = read_id<JobId>(request.params.at(0));
  if (!id) co_return refuse(id.error());
  std::vector<JobId> ids{*id};
  auto jobs = co_await load_jobs(context, std::move(ids));
  if (!jobs) co_return refuse(jobs.error());
  if (jobs->empty()) {
    co_return refuse(
        404, "not_found",
        "there is no job " + id->text() + "; jobs of ended runs are kept for one hour");
  }
  co_return std::move(jobs->front());
}

}  // namespace

constinit const std::string_view kJobSchemas = R"({
  "JobState": {"enum": ["ready", "leased", "done", "dead", "cancelled"]},
  "Job": {"properties": {
    "id": "Id", "asset": "Id", "run": "Id?", "state": "JobState", "attempts": "count",
    "kills": "count", "worker": "string", "error": "string", "created": "Time?",
    "leased_until": "Time?", "ended": "Time?", "result": "AssetState?",
    "plugins_off": {"type": "array", "items": "string"}}},
  "JobList": {"extends": ["Page"], "properties": {"items": {"type": "array", "items": "Job"}}},
  "JobCancelled": {"extends": ["Job", "Settled"], "properties": {
    "cancelled": {"type": "boolean", "description": "false: it had ended"}}}
})";

Awaitable<Checked<std::vector<store::JobRecord>>> load_jobs(Context& context,
                                                            std::vector<JobId> ids) {
  std::vector<store::JobRecord> jobs;
  if (ids.empty()) co_return jobs;
  store::Batch batch;
  for (const auto& id : ids) store::add_job(batch, context.keys, id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto job = store::read_job(ids[i], (*replies)[i]);
    if (!job) co_return refuse(std::move(job.error()));
    if (*job) jobs.push_back(std::move(**job));
  }
  co_return jobs;
}

json::object job_body(const store::JobRecord& job) {
  json::object body;
  body["id"] = job.ref.id.text();
  body["asset"] = job.ref.asset.text();
  body["run"] = nullptr;
  if (!job.ref.run.is_nil()) body["run"] = job.ref.run.text();
  body["state"] = store::to_string(job.state);
  body["attempts"] = job.attempts;
  body["kills"] = job.kills;
  body["worker"] = job.worker;
  body["error"] = job.error;
  body["created"] = time_or_null(job.created);
  body["leased_until"] = time_or_null(job.leased_until);
  body["ended"] = time_or_null(job.ended);
  body["result"] = nullptr;
  if (job.result) body["result"] = to_string(*job.result);
  json::array off;
  for (const auto number : job.off) {
    const auto* plugin = find_plugin(number);
    off.push_back(json::value(plugin ? std::string{plugin->name} : std::to_string(number)));
  }
  body["plugins_off"] = std::move(off);
  return body;
}

Awaitable<Answer> get_job(Context& context, const Request& request) {
  const auto job = co_await load_job(context, request);
  if (!job) co_return refuse(job.error());
  co_return json_response(200, job_body(*job));
}

Awaitable<Answer> cancel_job(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  const auto job = co_await load_job(context, request);
  if (!job) co_return refuse(job.error());
  store::Batch batch;
  store::add_cancel(batch, context.keys, job->ref);
  store::add_snap_state(batch, context.keys);
  store::add_job(batch, context.keys, job->ref.id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto outcome = store::read_cancel((*replies)[0]);
  if (!outcome) co_return refuse(outcome.error());
  if (*outcome == store::Cancelled::gone) {
    co_return refuse(404, "not_found", "there is no job " + job->ref.id.text());
  }
  const auto epoch = covering_epoch((*replies)[1]);
  if (!epoch) co_return refuse(epoch.error());
  const auto after = store::read_job(job->ref.id, (*replies)[2]);
  if (!after) co_return refuse(after.error());
  auto body = job_body(*after ? **after : *job);
  body["cancelled"] = *outcome == store::Cancelled::cancelled;
  Response response;
  co_return co_await settle(context, *waits, *epoch, std::move(response), std::move(body));
}

}  // namespace webmon::api
