// GET runs, GET runs/{id}, GET runs/{id}/jobs, cancel of a run.
#include <algorithm>

#include "lib/store/fleet.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/run_access.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kCancelBatch = 500;

json::object describe(const store::RunHeader& run, const store::RunCounts& counts) {
  json::object jobs;
  jobs["total"] = counts.total;
  jobs["ready"] = counts.ready();
  jobs["leased"] = counts.leased;
  jobs["done"] = counts.done;
  jobs["dead"] = counts.dead;
  jobs["cancelled"] = counts.cancelled;
  json::object results;
  for (std::size_t i = 0; i < kAssetStates; ++i) {
    results[to_string(static_cast<AssetState>(i))] = counts.states[i];
  }
  json::object body;
  body["id"] = run.id.text();
  body["what"] = run.what;
  body["created"] = to_rfc3339(run.created);
  body["complete"] = run.is_complete;
  body["submitted"] = run.is_complete ? run.submitted : counts.total;
  body["jobs"] = std::move(jobs);
  body["states"] = std::move(results);
  body["has_ended"] = run.is_complete && counts.has_ended();
  return body;
}

}  // namespace

Awaitable<Checked<json::array>> describe_runs(Context& context,
                                              std::vector<store::RunHeader> runs) {
  store::Batch batch;
  std::vector<std::size_t> sizes;
  for (const auto& run : runs) sizes.push_back(store::add_run_counts(batch, context.keys, run));
  std::vector<store::Reply> replies;
  if (!batch.empty()) {
    auto answered = co_await ask(context, std::move(batch));
    if (!answered) co_return refuse(answered.error());
    replies = std::move(*answered);
  }
  json::array items;
  std::size_t at = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto counts = store::sum_run_counts(std::span{replies}.subspan(at, sizes[i]));
    if (!counts) co_return refuse(counts.error());
    at += sizes[i];
    items.push_back(describe(runs[i], *counts));
  }
  co_return items;
}

namespace {

Awaitable<Checked<std::vector<store::RunHeader>>> load_headers(Context& context,
                                                               std::vector<RunId> ids) {
  std::vector<store::RunHeader> runs;
  if (ids.empty()) co_return runs;
  store::Batch batch;
  for (const auto& id : ids) store::add_run_header(batch, context.keys, id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto run = store::read_run_header(ids[i], (*replies)[i]);
    if (!run) co_return refuse(std::move(run.error()));
    if (*run) runs.push_back(std::move(**run));
  }
  co_return runs;
}

/// "<created ms>.<run>" of the last run shown.
Checked<std::optional<store::RunPlace>> read_place(const Request& request) {
  const auto text = request.parameter("cursor");
  if (!text) return std::optional<store::RunPlace>{};
  const auto dot = text->find('.');
  const auto ms = parse_number(text->substr(0, dot));
  const auto id = parse_id<RunId>(dot == text->npos ? std::string_view{} : text->substr(dot + 1));
  if (!ms || !id || *ms > INT64_MAX / 1'000'000) {
    return refuse(400, "bad_cursor", "cursor must be what \"next\" said");
  }
  return std::optional{store::RunPlace{store_time_ms(static_cast<std::int64_t>(*ms)), *id}};
}

/// "<partition>.<offset>" of the next job to show.
struct Cursor {
  unsigned partition = 0;
  std::size_t offset = 0;
};
Checked<Cursor> read_cursor(const Request& request) {
  Cursor cursor;
  const auto text = request.parameter("cursor");
  if (!text) return cursor;
  const auto dot = text->find('.');
  const auto partition = parse_number(text->substr(0, dot));
  const auto offset = dot == text->npos ? std::nullopt : parse_number(text->substr(dot + 1));
  if (!partition || !offset || *partition >= kPartitions || *offset > 1'000'000'000) {
    return refuse(400, "bad_cursor", "cursor must be what \"next\" said");
  }
  cursor.partition = static_cast<unsigned>(*partition);
  cursor.offset = *offset;
  return cursor;
}

/// Cancels one page of jobs; returns how many were cancelled.
Awaitable<Checked<std::uint64_t>> cancel_jobs(Context& context, std::vector<JobId> ids) {
  const auto jobs = co_await load_jobs(context, std::move(ids));
  if (!jobs) co_return refuse(jobs.error());
  store::Batch batch;
  for (const auto& job : *jobs) {
    const bool is_open =
        job.state == store::JobState::ready || job.state == store::JobState::leased;
    if (is_open) store::add_cancel(batch, context.keys, job.ref);
  }
  std::uint64_t cancelled = 0;
  if (batch.empty()) co_return cancelled;
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  for (const auto& reply : *replies) {
    const auto outcome = store::read_cancel(reply);
    if (!outcome) co_return refuse(outcome.error());
    if (*outcome == store::Cancelled::cancelled) ++cancelled;
  }
  co_return cancelled;
}

}  // namespace

constinit const std::string_view kRunSchemas = R"({
  "Run": {"properties": {
    "id": "Id",
    "what": {"type": "string", "description": "ids, all, or tag:NAME"},
    "created": "Time",
    "complete": {"type": "boolean", "description": "all its jobs are submitted"},
    "submitted": "count",
    "jobs": {"properties": {
      "total": "count", "ready": "count", "leased": "count", "done": "count", "dead": "count",
      "cancelled": "count"}},
    "states": "StateCounts",
    "has_ended": "boolean"}},
  "RunList": {"extends": ["Page"], "properties": {"items": {"type": "array", "items": "Run"}}},
  "RunCancelled": {"extends": ["Settled"], "properties": {"id": "Id", "cancelled": "count"}}
})";

Awaitable<Checked<store::RunHeader>> load_run(Context& context, const Request& request) {
  const auto id = read_id<RunId>(request.params.at(0));
  if (!id) co_return refuse(id.error());
  store::Batch batch;
  store::add_run_header(batch, context.keys, *id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  auto run = store::read_run_header(*id, replies->front());
  if (!run) co_return refuse(std::move(run.error()));
  if (!*run) co_return refuse(404, "not_found", "there is no run " + id->text());
  co_return std::move(**run);
}

Awaitable<Checked<std::vector<JobId>>> run_job_ids(Context& context, RunId run, Partition partition,
                                                   std::size_t offset, std::size_t count) {
  store::Batch batch;
  store::add_run_jobs(batch, context.keys, run, partition, offset, count);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  auto ids = store::read_job_ids(replies->front());
  if (!ids) co_return refuse(std::move(ids.error()));
  co_return std::move(*ids);
}

Awaitable<Checked<std::vector<store::RunHeader>>> newest_runs(Context& context, std::size_t count,
                                                              std::vector<RunId> also) {
  store::Batch batch;
  store::add_run_list(batch, context.keys, count);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  auto ids = store::read_run_list(replies->front());
  if (!ids) co_return refuse(std::move(ids.error()));
  for (const auto& id : also) {
    if (std::ranges::find(*ids, id) == ids->end()) ids->push_back(id);
  }
  co_return co_await load_headers(context, std::move(*ids));
}

Awaitable<Answer> list_runs(Context& context, const Request& request) {
  const auto limit = read_limit(request);
  if (!limit) co_return refuse(limit.error());
  const auto place = read_place(request);
  if (!place) co_return refuse(place.error());
  store::Batch batch;
  store::add_runs_after(batch, context.keys, *place, *limit + 1);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  auto places = store::read_runs_after(replies->front(), *place, *limit + 1);
  if (!places) co_return refuse(std::move(places.error()));
  const bool has_more = places->size() > *limit;
  if (has_more) places->pop_back();
  std::vector<RunId> ids;
  for (const auto& found : *places) ids.push_back(found.id);
  auto runs = co_await load_headers(context, std::move(ids));
  if (!runs) co_return refuse(std::move(runs.error()));
  auto items = co_await describe_runs(context, std::move(*runs));
  if (!items) co_return refuse(items.error());
  json::object body;
  body["items"] = std::move(*items);
  body["next"] = nullptr;
  if (has_more) {
    const auto& last = places->back();
    body["next"] = std::to_string(to_ms(last.created)) + '.' + last.id.text();
  }
  co_return json_response(200, body);
}

Awaitable<Answer> get_run(Context& context, const Request& request) {
  const auto run = co_await load_run(context, request);
  if (!run) co_return refuse(run.error());
  std::vector<store::RunHeader> one{*run};
  const auto items = co_await describe_runs(context, std::move(one));
  if (!items) co_return refuse(items.error());
  co_return json_response(200, items->front());
}

Awaitable<Answer> list_run_jobs(Context& context, const Request& request) {
  const auto limit = read_limit(request);
  if (!limit) co_return refuse(limit.error());
  const auto start = read_cursor(request);
  if (!start) co_return refuse(start.error());
  const auto run = co_await load_run(context, request);
  if (!run) co_return refuse(run.error());

  std::vector<JobId> ids;
  auto cursor = *start;
  while (cursor.partition < kPartitions && ids.size() < *limit) {
    if (run->parts.test(cursor.partition)) {
      const auto wanted = *limit - ids.size();
      const auto partition = static_cast<Partition>(cursor.partition);
      const auto found = co_await run_job_ids(context, run->id, partition, cursor.offset, wanted);
      if (!found) co_return refuse(found.error());
      ids.insert(ids.end(), found->begin(), found->end());
      cursor.offset += found->size();
      if (found->size() == wanted) break;
    }
    ++cursor.partition;
    cursor.offset = 0;
  }
  const bool has_more = cursor.partition < kPartitions;
  const auto jobs = co_await load_jobs(context, std::move(ids));
  if (!jobs) co_return refuse(jobs.error());
  json::array items;
  for (const auto& job : *jobs) items.push_back(job_body(job));
  json::object body;
  body["items"] = std::move(items);
  body["next"] = nullptr;
  if (has_more) {
    body["next"] = std::to_string(cursor.partition) + "." + std::to_string(cursor.offset);
  }
  co_return json_response(200, body);
}

Awaitable<Answer> cancel_run(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  const auto run = co_await load_run(context, request);
  if (!run) co_return refuse(run.error());
  std::uint64_t cancelled = 0;
  for (unsigned p = 0; p < kPartitions; ++p) {
    if (!run->parts.test(p)) continue;
    for (std::size_t offset = 0;; offset += kCancelBatch) {
      auto ids =
          co_await run_job_ids(context, run->id, static_cast<Partition>(p), offset, kCancelBatch);
      if (!ids) co_return refuse(ids.error());
      if (ids->empty()) break;
      const auto count = co_await cancel_jobs(context, std::move(*ids));
      if (!count) co_return refuse(count.error());
      cancelled += *count;
    }
  }
  store::Batch batch;
  store::add_snap_state(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto epoch = covering_epoch(replies->front());
  if (!epoch) co_return refuse(epoch.error());
  json::object body;
  body["id"] = run->id.text();
  body["cancelled"] = cancelled;
  Response response;
  co_return co_await settle(context, *waits, *epoch, std::move(response), std::move(body));
}

}  // namespace webmon::api
