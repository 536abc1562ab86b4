// What the plugins learned: statistics per metric, latest reports, recent samples; and which
// plugins there are.
#include "lib/change/memory_codec.hpp"
#include "lib/core/plugin_page.hpp"
#include "lib/stats/model.hpp"
#include "lib/store/history.hpp"
#include "lib/store/report_blob.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/metric_statistics.hpp"
#include "pipeline/api/report_body.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

/// The asset's head and some of its blobs, read in one batch.
struct Loaded {
  store::AssetHead head;
  std::vector<std::string> blobs;
};
using BlobKey = std::string (store::Keys::*)(AssetId) const;

Awaitable<Checked<Loaded>> load(Context& context, const Request& request,
                                std::vector<BlobKey> keys) {
  const auto id = read_id<AssetId>(request.params.at(0));
  if (!id) co_return refuse(id.error());
  store::Batch batch;
  store::add_asset_head(batch, context.keys, *id);
  for (const auto key : keys) batch.add({"GET", (context.keys.*key)(*id)});
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  auto head = store::read_asset_head((*replies)[0]);
  if (!head) co_return refuse(std::move(head.error()));
  if (!*head) {
    auto problem = co_await missing_asset(context, request, *id);
    co_return refuse(std::move(problem));
  }
  Loaded loaded;
  loaded.head = std::move(**head);
  for (std::size_t i = 1; i < replies->size(); ++i) {
    const auto blob = store::as_text((*replies)[i]);
    if (!blob) co_return refuse(blob.error());
    loaded.blobs.emplace_back(*blob);
  }
  co_return loaded;
}

/// Whether the page as a whole has been seen often enough to be compared with its history.
bool is_compared(const Model& model) {
  const auto head = change::decode_head(model.page_memory());
  return head && head->seen >= kWarmup;
}

json::object opening(const store::AssetHead& head) {
  json::object body;
  body["asset"] = head.asset.id.text();
  body["state"] = to_string(head.state);
  body["observed"] = time_or_null(head.observed);
  body["n"] = head.n;
  body["rev"] = head.rev;
  return body;
}

}  // namespace

constinit const std::string_view kStatisticsSchemas = R"({
  "Learned": {"abstract": true, "properties": {
    "asset": "Id", "state": "AssetState", "observed": "Time?", "n": "count", "rev": "count"}},
  "Statistics": {"extends": ["Learned", "Page"], "optional": ["times"], "properties": {
    "times": {"type": "array", "items": "Time", "description": "of the samples in each series"},
    "items": {"type": "array", "items": "MetricStatistics"}}},
  "Finding": {"properties": {
    "severity": {"enum": ["info", "warn", "crit"]},
    "code": "string", "message": "string", "expected": "string", "seen": "string",
    "evidence": "string"}},
  "Report": {"properties": {
    "plugin": "string", "number": "count", "version": "count",
    "state": {"enum": ["ok", "warn", "crit", "inconclusive", "error", "skipped"]},
    "reason": "string",
    "metrics": {"type": "object", "additionalProperties": "number"},
    "units": {"type": "object", "additionalProperties": "string?"},
    "facts": {"type": "object", "additionalProperties": true},
    "findings": {"type": "array", "items": "Finding"}}},
  "Reports": {"extends": ["Learned", "Page"], "properties": {
    "job": "Id?", "items": {"type": "array", "items": "Report"}}},
  "Sample": {"properties": {
    "observed": "Time", "state": "AssetState",
    "late": {"type": "boolean", "description": "came after a newer one; not in the statistics"},
    "values": {"type": "array", "items": "number?"}}},
  "History": {"extends": ["Learned", "Page"], "properties": {
    "metrics": {"type": "array", "items": "Metric"},
    "items": {"type": "array", "items": "Sample"}}},
  "Plugin": {"properties": {
    "name": "string", "number": "count", "version": "count", "stage": {"enum": [0, 1],
      "description": "1 sees the reports of 0"},
    "summary": "string",
    "metrics": {"type": "array", "items": "MetricSpec"},
    "facts": {"type": "array", "items": "FactSpec"},
    "reasons": {"type": "array", "items": "ReasonSpec"},
    "options": {"type": "array", "items": "OptionSpec"}}},
  "MetricSpec": {"properties": {
    "name": "string", "number": "count", "unit": "string", "statistical": "boolean",
    "floor_absolute": {"type": "number", "description": "the least sigma, in the unit"},
    "floor_relative": {"type": "number", "description": "the least sigma as a share of the mean"},
    "excess": {"enum": ["change", "injection", "slow", "slow, info", null],
      "description": "what an excessive value means; null where it is not statistical"},
    "help": "string"}},
  "FactSpec": {"properties": {
    "name": "string", "type": "ValueType", "unit": "string", "help": "string"}},
  "ReasonSpec": {"properties": {
    "state": {"enum": ["ok", "warn", "crit", "inconclusive", "error", "skipped"],
      "description": "ok: the code of a finding of severity info"},
    "reason": "string", "help": {"type": "string", "description": "when, with the threshold"}}},
  "OptionSpec": {"properties": {
    "name": "string", "type": "ValueType", "default": "string", "help": "string"}},
  "ValueType": {"enum": ["string", "boolean", "integer", "number", "array of strings", "object",
    "array of objects"]},
  "PluginList": {"extends": ["Page"], "properties": {"items": {"type": "array", "items": "Plugin"}}}
})";

Awaitable<Answer> get_statistics(Context& context, const Request& request) {
  const auto with_series = read_bool(request, "series");
  if (!with_series) co_return refuse(with_series.error());
  std::vector<BlobKey> keys{&store::Keys::model, &store::Keys::history};
  const auto loaded = co_await load(context, request, std::move(keys));
  if (!loaded) co_return refuse(loaded.error());
  const auto model = Model::decode(loaded->blobs[0]);
  if (!model) co_return refuse(model.error());
  const auto history = store::decode_history(loaded->blobs[1]);
  if (!history) co_return refuse(history.error());
  const bool has_series = with_series->value_or(false);
  auto body = opening(loaded->head);
  if (has_series) {
    json::array times;
    for (const auto& row : history->rows) times.push_back(json::value(to_rfc3339(row.observed)));
    body["times"] = std::move(times);
  }
  const bool is_page_compared = is_compared(*model);
  json::array metrics;
  for (const auto& stats : model->stats()) {
    const auto series = series_of(*history, stats.number);
    auto metric = statistics_body(stats, series, is_page_compared);
    metric["history_quantiles"] = history_quantiles_body(model->sketch(stats.number), stats);
    metric["change_point"] = change_point_body(series, *history);
    if (has_series) metric["series"] = series_body(series);
    metrics.push_back(std::move(metric));
  }
  body["items"] = std::move(metrics);
  body["next"] = nullptr;
  co_return json_response(200, body);
}

Awaitable<Answer> get_reports(Context& context, const Request& request) {
  std::vector<BlobKey> keys{&store::Keys::report};
  const auto loaded = co_await load(context, request, std::move(keys));
  if (!loaded) co_return refuse(loaded.error());
  const auto blob = store::decode_report_blob(loaded->blobs[0]);
  if (!blob) co_return refuse(blob.error());
  auto body = opening(loaded->head);
  body["observed"] = time_or_null(blob->observed);
  body["job"] = nullptr;
  if (!blob->job.is_nil()) body["job"] = blob->job.text();
  body["items"] = reports_body(*blob);
  body["next"] = nullptr;
  co_return json_response(200, body);
}

Awaitable<Answer> get_history(Context& context, const Request& request) {
  std::vector<BlobKey> keys{&store::Keys::history};
  const auto loaded = co_await load(context, request, std::move(keys));
  if (!loaded) co_return refuse(loaded.error());
  const auto history = store::decode_history(loaded->blobs[0]);
  if (!history) co_return refuse(history.error());
  auto body = opening(loaded->head);
  json::array metrics;
  for (const auto number : history->metrics) metrics.push_back(metric_body(number));
  body["metrics"] = std::move(metrics);
  json::array rows;
  for (const auto& row : history->rows) {
    json::object item;
    item["observed"] = to_rfc3339(row.observed);
    item["state"] = to_string(row.state);
    item["late"] = row.is_late;
    json::array values;
    for (const auto& value : row.values) {
      values.push_back(value ? json::value(static_cast<double>(*value)) : json::value(nullptr));
    }
    item["values"] = std::move(values);
    rows.push_back(std::move(item));
  }
  body["items"] = std::move(rows);
  body["next"] = nullptr;
  co_return json_response(200, body);
}

Awaitable<Answer> list_plugins(Context&, const Request&) {
  json::array items;
  for (const auto* plugin : all_plugins()) items.push_back(to_json(*plugin));
  json::object body;
  body["items"] = std::move(items);
  body["next"] = nullptr;
  co_return json_response(200, body);
}

}  // namespace webmon::api
