#include "pipeline/api/asset_access.hpp"

#include "lib/html/ignore_filter.hpp"
#include "lib/store/fleet.hpp"
#include "lib/store/trash.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {

constinit const std::string_view kAssetSchemas = R"({
  "AssetState": {"enum": ["unknown", "up", "degraded", "changed", "down", "inconclusive", "paused",
                          "maintenance"]},
  "StateCounts": {"properties": {
    "unknown": "count", "up": "count", "degraded": "count", "changed": "count", "down": "count",
    "inconclusive": "count", "paused": "count", "maintenance": "count"}},
  "Tag": {"type": "string", "pattern": "^[a-z0-9._-]{1,64}$"},
  "Tags": {"type": "array", "items": "Tag", "maxItems": 32},
  "Url": {"type": "string", "format": "uri", "maxLength": 2048},
  "Interval": {"type": ["integer", "null"], "minimum": 5, "maximum": 604800,
               "description": "seconds from check to check; null: not said here"},
  "RequestOptions": {"optional": ["method", "headers", "body"], "properties": {
    "method": {"enum": ["GET", "HEAD", "POST"]},
    "headers": {"type": "object", "additionalProperties": "string"},
    "body": "string"}},
  "PluginOptions": {"type": "object", "description": "by name of the plugin",
                    "additionalProperties": {"type": "object", "additionalProperties": true}},
  "TlsOptions": {"properties": {"verify": "boolean"}},
  "IgnoreRule": {"optional": ["css", "attribute", "regex"], "properties": {
    "css": {"type": "string", "minLength": 1, "maxLength": 1024,
            "description": "a selector; alone, or of which elements `attribute` is"},
    "attribute": {"type": "string", "minLength": 1, "maxLength": 1024},
    "regex": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "of RE2, alone"}}},
  "IgnoreRules": {"type": ["array", "null"], "items": "IgnoreRule", "maxItems": 32,
                  "description": "what is taken out of the page; null: not said here"},
  "AssetOptions": {"abstract": true, "properties": {
    "interval_s": "Interval",
    "request": "RequestOptions?",
    "tls": "TlsOptions?",
    "ignore": "IgnoreRules",
    "sensitivity": {"type": ["number", "null"], "minimum": 0.01, "maximum": 10000,
                    "description": "false alerts a year that are acceptable; null: not said here"},
    "plugins": "PluginOptions"}},
  "AssetFields": {"abstract": true, "extends": ["AssetOptions"], "properties": {
    "url": "Url",
    "tags": "Tags",
    "enabled": {"type": "boolean", "description": "false: not checked by itself"}}},
  "AssetNew": {"extends": ["AssetFields"],
               "optional": ["tags", "enabled", "interval_s", "request", "tls", "ignore", "sensitivity",
                            "plugins"]},
  "AssetPatch": {"extends": ["AssetFields"],
                 "optional": ["url", "tags", "enabled", "interval_s", "request", "tls", "ignore",
                              "sensitivity", "plugins", "version"],
                 "properties": {"version": {"type": "integer", "minimum": 1,
                                            "description": "that was read; as If-Match"}}},
  "Asset": {"extends": ["AssetFields"], "properties": {
    "id": "Id", "version": "count", "created": "Time", "updated": "Time", "state": "AssetState",
    "observed": "Time?",
    "n": {"type": "integer", "minimum": 0, "description": "committed observations"},
    "rev": "count"}},
  "AssetItem": {"extends": ["Asset"], "optional": ["removed"], "properties": {
    "removed": {"type": "string", "format": "date-time", "description": "when; only of removed ones"}}},
  "AssetList": {"extends": ["Page"], "properties": {"items": {"type": "array", "items": "AssetItem"}}},
  "AssetCreated": {"extends": ["Asset", "Settled"]},
  "AssetPatched": {"extends": ["Asset", "Settled"], "optional": ["moved_from"],
                   "properties": {"moved_from": "Id"}},
  "AssetRestored": {"extends": ["Asset", "Settled"]},
  "AssetRemoved": {"extends": ["Settled"], "optional": ["undo"], "properties": {
    "id": "Id", "removed": {"const": true}, "purged": "boolean",
    "undo": {"type": "string", "description": "the call that brings it back, within a day"}}},
  "AssetExported": {"extends": ["Asset"], "optional": ["metrics", "reports"], "properties": {
    "metrics": {"type": "object", "additionalProperties": "number",
                "description": "PLUGIN.METRIC of the latest check"},
    "reports": {"type": "array", "items": "Report"}}},
  "BulkCounts": {"properties": {"lines": "count", "created": "count", "changed": "count",
                                "unchanged": "count", "errors": "count"}},
  "BulkLine": {"anyOf": ["BulkProgress", "BulkError", "BulkEnd"]},
  "BulkProgress": {"properties": {"progress": "BulkCounts"}},
  "BulkError": {"properties": {"line": "count", "code": "string", "detail": "string"}},
  "BulkEnd": {"properties": {"result": "BulkResult"}},
  "BulkResult": {"extends": ["BulkCounts"], "optional": ["code", "detail"],
    "properties": {"durable": "boolean", "epoch": "count?", "complete": {"type": "boolean", "description": "false: not all was read"},
                   "code": "string", "detail": "string"}}
})";

Checked<AssetPatch> read_asset_patch(const boost::json::object& body) {
  auto patch = parse_asset_patch(body);
  if (!patch) return refuse(std::move(patch.error()));
  if (patch->ignore && *patch->ignore)
    if (auto ok = check_ignore_rules(**patch->ignore); !ok) return refuse(std::move(ok.error()));
  return std::move(*patch);
}

Checked<AssetOptions> read_group_options(const boost::json::object& body) {
  auto options = parse_group_options(body);
  if (!options) return refuse(std::move(options.error()));
  if (options->ignore)
    if (auto ok = check_ignore_rules(*options->ignore); !ok) return refuse(std::move(ok.error()));
  return std::move(*options);
}

std::string asset_path(AssetId id) { return "/api/v1/assets/" + id.text(); }

namespace {

Problem gone(const store::TrashedAsset& trashed) {
  const auto id = trashed.head.asset.id;
  const auto until = to_rfc3339(trashed.removed + store::kUndoWindow);
  Problem problem;
  problem.status = 410;
  problem.code = "gone";
  problem.detail = "the asset was removed; until " + until + " POST " + asset_path(id) +
                   "/restore brings it back with all that was learned";
  problem.extra["removed"] = to_rfc3339(trashed.removed);
  problem.extra["purged_after"] = until;
  return problem;
}

}  // namespace

Awaitable<Problem> missing_asset(Context& context, const Request& request, AssetId id) {
  store::Batch batch;
  store::add_moved(batch, context.keys, id);
  store::add_trashed(batch, context.keys, id);
  auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return replies.error();
  const auto moved = store::read_moved((*replies)[0]);
  if (!moved) co_return problem_of(moved.error());
  const auto trashed = store::read_trashed((*replies)[1]);
  if (!trashed) co_return problem_of(trashed.error());
  Problem problem;
  if (*trashed) co_return gone(**trashed);
  if (!*moved) {
    problem.status = 404;
    problem.code = "not_found";
    problem.detail = "there is no asset " + id.text();
    co_return problem;
  }
  const auto suffix = request.path.find(id.text()) + id.text().size();
  auto location = asset_path(**moved);
  if (suffix < request.path.size()) location += request.path.substr(suffix);
  problem.status = 308;
  problem.code = "moved";
  problem.detail = "the asset changed its host and has a new id";
  problem.headers.emplace_back("Location", std::move(location));
  problem.extra["moved_to"] = (**moved).text();
  co_return problem;
}

Awaitable<Checked<store::AssetHead>> load_asset(Context& context, const Request& request) {
  const auto id = read_id<AssetId>(request.params.at(0));
  if (!id) co_return refuse(id.error());
  store::Batch batch;
  store::add_asset_head(batch, context.keys, *id);
  auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(std::move(replies.error()));
  auto head = store::read_asset_head(replies->front());
  if (!head) co_return refuse(std::move(head.error()));
  if (!*head) {
    auto problem = co_await missing_asset(context, request, *id);
    co_return refuse(std::move(problem));
  }
  co_return std::move(**head);
}

boost::json::object asset_body(const store::AssetHead& head) {
  auto body = to_json(head.asset);
  body["state"] = to_string(head.state);
  body["observed"] = time_or_null(head.observed);
  body["n"] = head.n;
  body["rev"] = head.rev;
  return body;
}

std::string etag_of(const store::AssetHead& head) {
  return '"' + std::to_string(head.asset.version) + '.' + std::to_string(head.rev) + '"';
}

Checked<std::optional<std::uint64_t>> read_if_match(const Request& request) {
  auto text = request.header("if-match");
  if (!text || *text == "*") return std::optional<std::uint64_t>{};
  if (text->starts_with("W/")) text->remove_prefix(2);  // of a compressed answer
  const bool is_quoted = text->size() > 2 && text->front() == '"' && text->back() == '"';
  const auto tag = is_quoted ? text->substr(1, text->size() - 2) : std::string_view{};
  const auto number = parse_number(tag.substr(0, tag.find('.')));
  if (!number) {
    return refuse(400, "bad_query", "If-Match must be one ETag of this asset, such as \"3.62\"");
  }
  return std::optional{*number};
}

Awaitable<Checked<StoreTime>> store_now(Context& context) {
  store::Batch batch;
  store::add_time(batch);
  auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(std::move(replies.error()));
  auto now = store::read_time(replies->front());
  if (!now) co_return refuse(std::move(now.error()));
  co_return *now;
}

Checked<std::uint64_t> covering_epoch(const store::Reply& snap_state) {
  auto snap = store::read_snap_state(snap_state);
  if (!snap) return refuse(std::move(snap.error()));
  return snap->epoch + 1;
}

}  // namespace webmon::api
