#include "pipeline/api/metric_statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lib/core/plugin.hpp"
#include "lib/stats/asset_state.hpp"
#include "lib/stats/change_point.hpp"
#include "lib/stats/detector.hpp"
#include "lib/stats/observation.hpp"
#include "lib/stats/robust.hpp"
#include "pipeline/api/report_body.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {

namespace json = boost::json;

namespace {

json::value number_or_null(double value) {
  return std::isfinite(value) ? json::value(value) : json::value(nullptr);
}

/// A disabled asset that is checked by hand has `paused` in place of what the page was.
bool was_learned(const store::HistoryRow& row) noexcept {
  return !row.is_late && (may_learn(row.state) || row.state == AssetState::paused);
}

void add_recent(json::object& body, const Series& recent) {
  std::vector<double> values;
  for (const auto& value : recent)
    if (value) values.push_back(*value);
  body["recent"] = values.size();
  body["quantiles"] = nullptr;
  body["mad"] = nullptr;
  const auto sample = OrderedSample::of(std::move(values));
  if (!sample) return;
  json::object quantiles;
  for (const int percent : {5, 25, 50, 75, 95})
    quantiles[fmt::format("p{:02}", percent)] = sample->quantile(percent / 100.0);
  body["quantiles"] = std::move(quantiles);
  body["mad"] = sample->mad();
}

json::value band_of(const MetricStats& stats, const MetricSpec& spec) {
  const double margin = kThreshold * effective_sigma(stats.mean, stats.sd, spec);
  json::object band;
  band["low"] = is_one_sided(spec.excess) ? nullptr : number_or_null(stats.mean - margin);
  band["high"] = number_or_null(stats.mean + margin);
  return band;
}

/// The rule of `judge` (lib/stats/observation.hpp).
bool is_info_where_usual(const MetricSpec& spec) noexcept {
  return !is_one_sided(spec.excess) &&
         is_content_plugin(static_cast<std::uint8_t>(spec.number / 100));
}

json::value muted(std::string_view code, std::string detail) {
  json::object body;
  body["code"] = code;
  body["detail"] = std::move(detail);
  return body;
}

}  // namespace

constinit const std::string_view kMetricSchemas = R"({
  "Metric": {"properties": {
    "plugin": "string?", "name": "string", "number": "count", "unit": "string?"}},
  "MetricStatistics": {"extends": ["Metric"], "optional": ["series"], "properties": {
    "n": "count", "mean": "number", "sd": "number", "min": "number", "max": "number",
    "last": "number", "z": "number",
    "recent": {"type": "integer", "minimum": 0,
      "description": "values that quantiles and mad are from"},
    "quantiles": "Quantiles?",
    "history_quantiles": "HistoryQuantiles?",
    "mad": {"type": ["number", "null"],
      "description": "median absolute deviation times 1.4826, comparable with sd"},
    "band": "Band?", "muted": "Muted?", "change_point": "ChangePoint?",
    "series": {"type": "array", "items": "number?"}}},
  "Quantiles": {"properties": {
    "p05": "number", "p25": "number", "p50": "number", "p75": "number", "p95": "number"}},
  "HistoryQuantiles": {"description": "of a timing over its whole history; null for other metrics", "properties": {
    "n": {"type": "integer", "minimum": 1,
      "description": "values that they are from; fewer than the metric's n if an older version learned some"},
    "p50": "number", "p90": "number", "p95": "number", "p99": "number",
    "accuracy": {"type": "number",
      "description": "relative: each is within this of a value that was measured"}}},
  "Band": {"description": "values outside are excessive; null: that side never is", "properties": {
    "low": "number?", "high": "number?"}},
  "ChangePoint": {"description": "the first of the recent values that have another level than those before, which they kept", "properties": {
    "time": "Time",
    "n": "count", "before": "number", "after": "number"}},
  "Muted": {"description": "why a value outside the band is no warning", "properties": {
    "code": {"enum": ["warm_up", "retired", "page_detector"]}, "detail": "string"}}
})";

Series series_of(const store::History& history, std::uint16_t metric) {
  const auto column = std::ranges::find(history.metrics, metric);
  const auto index = static_cast<std::size_t>(column - history.metrics.begin());
  Series series(history.rows.size());
  if (column == history.metrics.end()) return series;
  for (std::size_t i = 0; i < series.size(); ++i)
    if (was_learned(history.rows[i])) series[i] = history.rows[i].values[index];
  return series;
}

json::object statistics_body(const MetricStats& stats, const Series& recent,
                             bool is_page_compared) {
  auto body = metric_body(stats.number);
  body["n"] = stats.n;
  body["mean"] = stats.mean;
  body["sd"] = stats.sd;
  body["min"] = stats.min;
  body["max"] = stats.max;
  body["last"] = stats.last;
  body["z"] = stats.z;
  add_recent(body, recent);
  body["band"] = nullptr;
  body["muted"] = nullptr;
  const auto* spec = find_metric(stats.number);
  if (spec == nullptr || !spec->is_statistical) {
    body["muted"] = muted("retired", "this version does not measure it");
  } else if (stats.n < kWarmup) {
    body["muted"] = muted("warm_up", fmt::format("{} of {} observations", stats.n, kWarmup));
  } else {
    body["band"] = band_of(stats, *spec);
    if (is_page_compared && is_info_where_usual(*spec))
      body["muted"] = muted("page_detector", "page as a whole decides");
  }
  return body;
}

json::value change_point_body(const Series& series, const store::History& history) {
  std::vector<double> values;
  std::vector<StoreTime> times;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!series[i]) continue;
    values.push_back(*series[i]);
    times.push_back(history.rows[i].observed);
  }
  const auto point = last_change_point(values);
  if (!point) return nullptr;
  return json::object{{"time", to_rfc3339(times[point->at])},
                      {"n", values.size() - point->at},
                      {"before", point->before},
                      {"after", point->after}};
}

json::value history_quantiles_body(const QuantileSketch* sketch, const MetricStats& stats) {
  if (sketch == nullptr) return nullptr;
  json::object body;
  body["n"] = sketch->count();
  for (const int percent : {50, 90, 95, 99})
    body[fmt::format("p{}", percent)] =
        std::clamp(sketch->quantile(percent / 100.0), stats.min, stats.max);
  body["accuracy"] = QuantileSketch::kAccuracy;
  return body;
}

json::array series_body(const Series& series) {
  json::array body;
  for (const auto& value : series)
    body.push_back(value ? json::value(*value) : json::value(nullptr));
  return body;
}

}  // namespace webmon::api
