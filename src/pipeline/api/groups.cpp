// Groups: GET groups, GET, PUT and DELETE of one. GET assets/{id}/effective: what is in force for
// an asset.
#include "lib/store/groups.hpp"

#include <iterator>

#include "lib/store/fleet.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"
#include "pipeline/api/schemas.hpp"

namespace webmon::api {

constinit const std::string_view kGroupSchemas = R"({
  "GroupNew": {"extends": ["AssetOptions"], "optional": ["interval_s", "request", "tls", "ignore", "sensitivity", "plugins"]},
  "Group": {"extends": ["AssetOptions"], "properties": {
    "tag": "Tag", "version": "count", "updated": "Time"}},
  "GroupList": {"extends": ["Page"], "properties": {"items": {"type": "array", "items": "Group"}}},
  "GroupSet": {"extends": ["Group", "Settled"]},
  "GroupRemoved": {"extends": ["Settled"], "properties": {"tag": "Tag", "removed": {"const": true}}},
  "OptionSource": {"type": "string", "pattern": "^(asset|default|group:[a-z0-9._-]{1,64})$"},
  "Effective": {"extends": ["AssetOptions"], "properties": {
    "id": "Id",
    "from": {"properties": {
      "interval_s": "OptionSource", "request": "OptionSource", "tls": "OptionSource",
      "ignore": "OptionSource", "sensitivity": "OptionSource",
      "plugins": {"type": "object", "additionalProperties": "OptionSource"}}}}}
})";

namespace {

namespace json = boost::json;

Checked<std::string> read_tag(const Request& request) {
  const auto& tag = request.params.at(0);
  if (!is_tag(tag)) {
    return refuse(400, "bad_id", "a tag has 1 to 64 of a-z, 0-9, '.', '_', '-'");
  }
  return std::string{tag};
}

Problem no_group(std::string_view tag) {
  Problem problem;
  problem.status = 404;
  problem.code = "not_found";
  problem.detail = "the tag " + std::string{tag} + " has no group";
  return problem;
}

std::string etag_of(std::uint64_t version) { return '"' + std::to_string(version) + '"'; }

/// The version that the group must have, 0 that there must be none; nothing: whatever is there.
Checked<std::optional<std::uint64_t>> read_expected(const Request& request) {
  if (const auto none = request.header("if-none-match")) {
    if (*none == "*") return std::optional<std::uint64_t>{0};
    return refuse(400, "bad_query", "If-None-Match of a change must be *: there must be no group");
  }
  return read_if_match(request);
}

Problem stale(std::string_view tag, std::uint64_t version) {
  Problem problem;
  problem.status = 412;
  problem.code = "stale";
  problem.detail = "the group " + std::string{tag} +
                   (version == 0 ? " is gone" : " is at version " + std::to_string(version)) +
                   "; read it again";
  problem.extra["version"] = version;
  return problem;
}

Checked<Group> read_new_group(const Request& request) {
  const auto body = read_body(request);
  if (!body) return refuse(body.error());
  auto options = read_group_options(*body);
  if (!options) return refuse(std::move(options.error()));
  return Group{.options = std::move(*options)};
}

struct Outcome {
  store::GroupChanged changed;
  std::uint64_t epoch = 0;  ///< of the first snapshot that holds it
};
Awaitable<Checked<Outcome>> change(Context& context, store::Batch batch, std::string_view tag) {
  using Kind = store::GroupChanged::Kind;
  store::add_snap_state(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto changed = store::read_group_changed((*replies)[0]);
  if (!changed) co_return refuse(changed.error());
  const auto epoch = covering_epoch((*replies)[1]);
  if (!epoch) co_return refuse(epoch.error());
  switch (changed->kind) {
    case Kind::stale:
      co_return refuse(stale(tag, changed->version));
    case Kind::missing:
      co_return refuse(no_group(tag));
    case Kind::full:
      co_return refuse(409, "conflict",
                       "there are " + std::to_string(kMostGroups) + " groups; remove one first");
    case Kind::created:
    case Kind::replaced:
    case Kind::removed:
      break;
  }
  co_return Outcome{*changed, *epoch};
}

std::string source_of(std::string_view giver) {
  return giver.empty() ? "default" : "group:" + std::string{giver};
}

json::object effective_body(const Asset& own, const Groups& groups) {
  auto all = own;
  inherit(all, groups);
  auto body = options_json(all);
  json::object plugins;
  for (const auto& [name, options] : all.plugins)
    plugins[name] =
        own.plugins.contains(name) ? "asset" : source_of(plugin_giver(own.tags, groups, name));
  body["id"] = own.id.text();
  body["from"] = json::object{
      {"interval_s", own.interval ? "asset" : source_of(interval_giver(own.tags, groups))},
      {"request", own.request ? "asset" : source_of(request_giver(own.tags, groups))},
      {"tls", own.tls_verify ? "asset" : source_of(tls_giver(own.tags, groups))},
      {"ignore", own.ignore ? "asset" : source_of(ignore_giver(own.tags, groups))},
      {"sensitivity", own.sensitivity ? "asset" : source_of(sensitivity_giver(own.tags, groups))},
      {"plugins", std::move(plugins)}};
  return body;
}

}  // namespace

Awaitable<Answer> list_groups(Context& context, const Request& request) {
  const auto limit = read_limit(request);
  if (!limit) co_return refuse(limit.error());
  const auto after = request.parameter("cursor");
  if (after && !is_tag(*after)) {
    co_return refuse(400, "bad_cursor", "cursor must be what \"next\" said");
  }
  store::Batch batch;
  store::add_groups(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto stored = store::read_groups(replies->front());
  if (!stored) co_return refuse(stored.error());
  json::array items;
  json::object body{{"next", nullptr}};
  auto at = after ? stored->groups.upper_bound(*after) : stored->groups.begin();
  for (; at != stored->groups.end(); ++at) {
    if (items.size() == *limit) {
      body["next"] = std::prev(at)->first;
      break;
    }
    items.push_back(to_json(at->first, at->second));
  }
  body["items"] = std::move(items);
  co_return json_response(200, body);
}

Awaitable<Answer> get_group(Context& context, const Request& request) {
  const auto tag = read_tag(request);
  if (!tag) co_return refuse(tag.error());
  store::Batch batch;
  store::add_group(batch, context.keys, *tag);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto group = store::read_group(*tag, replies->front());
  if (!group) co_return refuse(group.error());
  if (!*group) co_return refuse(no_group(*tag));
  auto response = json_response(200, to_json(*tag, **group));
  response.headers.emplace_back("ETag", etag_of((*group)->version));
  co_return response;
}

Awaitable<Answer> put_group(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  const auto tag = read_tag(request);
  if (!tag) co_return refuse(tag.error());
  const auto expected = read_expected(request);
  if (!expected) co_return refuse(expected.error());
  auto group = read_new_group(request);
  if (!group) co_return refuse(group.error());
  const auto now = co_await store_now(context);
  if (!now) co_return refuse(now.error());
  group->updated = *now;
  store::Batch batch;
  store::add_group_set(batch, context.keys, *tag, *group, *expected);
  const auto outcome = co_await change(context, std::move(batch), *tag);
  if (!outcome) co_return refuse(outcome.error());
  group->version = outcome->changed.version;
  Response response;
  if (outcome->changed.kind == store::GroupChanged::Kind::created) {
    response.status = 201;
    response.headers.emplace_back("Location", "/api/v1/groups/" + *tag);
  }
  response.headers.emplace_back("ETag", etag_of(group->version));
  co_return co_await settle(context, *waits, outcome->epoch, std::move(response),
                            to_json(*tag, *group));
}

Awaitable<Answer> delete_group(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  const auto tag = read_tag(request);
  if (!tag) co_return refuse(tag.error());
  const auto expected = read_if_match(request);
  if (!expected) co_return refuse(expected.error());
  store::Batch batch;
  store::add_group_remove(batch, context.keys, *tag, *expected);
  const auto outcome = co_await change(context, std::move(batch), *tag);
  if (!outcome) co_return refuse(outcome.error());
  Response response;
  json::object body;
  body["tag"] = *tag;
  body["removed"] = true;
  co_return co_await settle(context, *waits, outcome->epoch, std::move(response), std::move(body));
}

Awaitable<Answer> get_effective(Context& context, const Request& request) {
  const auto head = co_await load_asset(context, request);
  if (!head) co_return refuse(head.error());
  store::Batch batch;
  store::add_groups(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto stored = store::read_groups(replies->front());
  if (!stored) co_return refuse(stored.error());
  co_return json_response(200, effective_body(head->asset, stored->groups));
}

}  // namespace webmon::api
