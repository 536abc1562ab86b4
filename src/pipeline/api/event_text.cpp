#include "pipeline/api/event_text.hpp"

#include <algorithm>

#include "pipeline/api/schemas.hpp"

namespace webmon::api {

namespace json = boost::json;

constinit const std::string_view kEventSchemas = R"({
  "ResultEvent": {"description": "event: result, or state if it changed the asset's state",
    "properties": {
      "asset": "Id", "url": "string?", "job": "Id", "run": "Id?", "state": "AssetState",
      "previous": "AssetState", "observed": "Time"}},
  "LostEvent": {"description": "event: lost; events are missing, read again what matters",
    "properties": {"reason": {"enum": ["dropped", "restarted", "slow"]}}},
  "Event": {"description": "the data of one event; event: run has a Run",
    "anyOf": ["ResultEvent", "Run", "LostEvent"]}
})";

namespace {

std::string frame(std::string_view type, std::string_view data, std::string_view id = {}) {
  std::string text;
  if (!id.empty()) text.append("id: ").append(id) += '\n';
  text.append("event: ").append(type).append("\ndata: ").append(data).append("\n\n");
  return text;
}

Checked<void> read_types(std::string_view list, EventFilter& filter) {
  filter.results = filter.states = filter.runs = false;
  while (!list.empty()) {
    const auto type = list.substr(0, list.find(','));
    list.remove_prefix(type.size() < list.size() ? type.size() + 1 : type.size());
    if (type == "result") {
      filter.results = true;
    } else if (type == "state") {
      filter.states = true;
    } else if (type == "run") {
      filter.runs = true;
    } else {
      return refuse(400, "bad_query", "types: a list of result, state and run, with commas");
    }
  }
  return {};
}

}  // namespace

Checked<EventFilter> read_event_filter(const Request& request) {
  EventFilter filter;
  if (const auto types = request.parameter("types")) {
    if (auto ok = read_types(*types, filter); !ok) return refuse(std::move(ok.error()));
  }
  if (const auto text = request.parameter("run")) {
    const auto run = parse_id<RunId>(*text);
    if (!run) return refuse(400, "bad_query", "run: " + run.error().detail);
    filter.run = *run;
  }
  if (const auto text = request.parameter("asset")) {
    const auto asset = parse_id<AssetId>(*text);
    if (!asset) return refuse(400, "bad_query", "asset: " + asset.error().detail);
    filter.asset = *asset;
  }
  if (const auto tag = request.parameter("tag")) filter.tag = std::string{*tag};
  return filter;
}

std::optional<std::string> text_of(const ToldEvent& told, const EventFilter& filter) {
  const auto& result = told.event.result;
  const bool is_change = result.state != result.previous;
  const bool is_state = is_change && filter.states;
  if (!is_state && !filter.results) return std::nullopt;
  if (filter.run && result.run != *filter.run) return std::nullopt;
  if (filter.asset && result.asset != *filter.asset) return std::nullopt;
  if (filter.tag && std::ranges::find(told.tags, *filter.tag) == told.tags.end()) {
    return std::nullopt;
  }
  json::object data;
  data["asset"] = result.asset.text();
  data["url"] = nullptr;
  if (!told.url.empty()) data["url"] = told.url;
  data["job"] = result.job.text();
  data["run"] = nullptr;
  if (!result.run.is_nil()) data["run"] = result.run.text();
  data["state"] = to_string(result.state);
  data["previous"] = to_string(result.previous);
  data["observed"] = to_rfc3339(result.observed);
  return frame(is_state ? "state" : "result", json::serialize(data), to_string(told.event.id));
}

/// A run is not of one asset or tag: who asks for those hears of no runs.
bool wants_run(const EventFilter& filter, RunId run) noexcept {
  if (!filter.runs || filter.asset || filter.tag) return false;
  return !filter.run || *filter.run == run;
}

std::string run_text(std::string_view body) { return frame("run", body); }

std::string lost_text(std::string_view why) {
  return frame("lost", json::serialize(json::object{{"reason", why}}));
}

}  // namespace webmon::api
