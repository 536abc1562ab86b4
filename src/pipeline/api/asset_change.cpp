// PATCH assets/{id}: within its host an asset keeps its id; to another host it is a move to a new
// id.
#include "lib/store/fleet.hpp"
#include "lib/store/schedule.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"

namespace webmon::api {
namespace {

constexpr int kRetries = 3;  ///< of a change without version that others overtook

struct Change {
  AssetPatch patch;
  std::optional<std::uint64_t> version;  ///< that the client read; nothing: whatever it is
};

Checked<Change> read_change(const Request& request) {
  auto body = read_body(request);
  if (!body) return refuse(std::move(body.error()));
  const auto if_match = read_if_match(request);
  if (!if_match) return refuse(if_match.error());
  Change change;
  change.version = *if_match;
  if (const auto* version = body->if_contains("version")) {
    if (!version->is_int64() || version->get_int64() < 1) {
      return refuse(422, "bad_input", "version: must be a positive number");
    }
    const auto number = static_cast<std::uint64_t>(version->get_int64());
    if (change.version && *change.version != number) {
      return refuse(422, "bad_input", "version: differs from If-Match");
    }
    change.version = number;
    body->erase("version");
  }
  auto patch = read_asset_patch(*body);
  if (!patch) return refuse(std::move(patch.error()));
  change.patch = std::move(*patch);
  return change;
}

Problem url_taken(AssetId holder) {
  Problem problem;
  problem.status = 409;
  problem.code = "conflict";
  problem.detail = "another asset has this URL";
  problem.extra["holder"] = holder.text();
  return problem;
}

Problem stale(std::uint64_t version) {
  Problem problem;
  problem.status = 412;
  problem.code = "stale";
  problem.detail = "the asset is at version " + std::to_string(version) + "; read it again";
  problem.extra["version"] = version;
  return problem;
}

/// What a change came to: the asset afterwards, or nothing if somebody else was quicker.
struct Changed {
  bool is_stale = false;
  std::uint64_t version = 0;
  store::AssetHead head;
  std::uint64_t epoch = 0;
};

Awaitable<Checked<Changed>> update(Context& context, const store::AssetHead& before, Asset after) {
  store::Batch batch;
  store::add_asset_update(batch, context.keys, before.asset, after);
  store::add_snap_state(batch, context.keys);
  store::add_asset_head(batch, context.keys, after.id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto updated = store::read_asset_update((*replies)[0]);
  if (!updated) co_return refuse(updated.error());
  Changed changed;
  switch (updated->kind) {
    case store::Updated::Kind::missing:
      co_return refuse(404, "not_found", "the asset was removed meanwhile");
    case store::Updated::Kind::url_taken:
      co_return refuse(url_taken(updated->other));
    case store::Updated::Kind::stale:
      changed.is_stale = true;
      changed.version = updated->version;
      co_return changed;
    case store::Updated::Kind::updated:
      break;
  }
  const auto epoch = covering_epoch((*replies)[1]);
  if (!epoch) co_return refuse(epoch.error());
  auto head = store::read_asset_head((*replies)[2]);
  if (!head) co_return refuse(std::move(head.error()));
  if (!*head) co_return refuse(404, "not_found", "the asset was removed meanwhile");
  changed.head = std::move(**head);
  changed.epoch = *epoch;
  co_return changed;
}

Awaitable<void> remove_quietly(Context& context, const Asset& asset) {
  store::Batch batch;
  store::add_asset_remove(batch, context.keys, asset, asset.version);
  const auto ignored = co_await context.redis.call(std::move(batch));
  static_cast<void>(ignored);
}

/// The time of its next check goes with an asset, unless the change gives it another interval.
bool keeps_time(const Asset& before, const Asset& after) {
  return before.enabled && after.enabled && before.interval == after.interval;
}

/// Two partitions cannot change in one script. So the new asset is made first, the old one removed
/// under its version, and the new one taken back if that fails: a crash in between leaves both,
/// never none.
Awaitable<Checked<Changed>> move(Context& context, const store::AssetHead& before, Asset after) {
  const auto from = before.asset.id;
  after.id = make_id<AssetId>(after.updated, context.rng, partition_of_host(after.url.host));
  after.version = 1;
  store::Batch first;
  store::add_asset_blobs(first, context.keys, from);
  store::add_asset_create(first, context.keys, after);
  store::add_next_times(first, context.keys, from.partition(), {&from, 1});
  const auto made = co_await ask(context, std::move(first));
  if (!made) co_return refuse(made.error());
  const auto blobs = store::read_asset_blobs((*made)[0]);
  if (!blobs) co_return refuse(blobs.error());
  const auto created = store::read_asset_create((*made)[1]);
  if (!created) co_return refuse(created.error());
  if (!created->is_new) co_return refuse(url_taken(created->id));
  const auto next = store::read_next_times((*made)[2]);
  if (!next) co_return refuse(next.error());

  store::Batch second;
  const auto imported = store::add_asset_import(second, context.keys, after.id, before, *blobs);
  store::add_asset_remove(second, context.keys, before.asset, before.asset.version);
  if (keeps_time(before.asset, after) && next->front())
    store::add_set_next_time(second, context.keys, after.id, next->front());
  const auto replies = co_await ask(context, std::move(second));
  if (!replies) co_return refuse(replies.error());
  const auto removed = store::read_asset_remove((*replies)[imported]);
  Changed changed;
  if (!removed || removed->kind != store::Updated::Kind::updated) {
    co_await remove_quietly(context, after);
    changed.is_stale = true;
    changed.version = removed ? removed->version : 0;
    co_return changed;
  }
  store::Batch third;
  store::add_asset_moved(third, context.keys, from, after.id);
  store::add_asset_head(third, context.keys, after.id);
  store::add_snap_state(third, context.keys);
  const auto ended = co_await ask(context, std::move(third));
  if (!ended) co_return refuse(ended.error());
  auto head = store::read_asset_head((*ended)[1]);
  if (!head) co_return refuse(std::move(head.error()));
  const auto epoch = covering_epoch((*ended)[2]);
  if (!epoch) co_return refuse(epoch.error());
  if (!*head) co_return refuse(404, "not_found", "the asset was removed meanwhile");
  changed.head = std::move(**head);
  changed.epoch = *epoch;
  co_return changed;
}

}  // namespace

Awaitable<Answer> patch_asset(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  const auto change = read_change(request);
  if (!change) co_return refuse(change.error());

  std::uint64_t version = 0;
  for (int tries = 0; tries < kRetries; ++tries) {
    const auto before = co_await load_asset(context, request);
    if (!before) co_return refuse(before.error());
    version = before->asset.version;
    if (change->version && *change->version != version) co_return refuse(stale(version));
    const auto now = co_await store_now(context);
    if (!now) co_return refuse(now.error());
    auto after = before->asset;
    apply(change->patch, after);
    after.updated = *now;
    const bool is_move = after.url.host != before->asset.url.host;
    Checked<Changed> changed;
    if (is_move) {
      changed = co_await move(context, *before, std::move(after));
    } else {
      changed = co_await update(context, *before, std::move(after));
    }
    if (!changed) co_return refuse(changed.error());
    if (changed->is_stale) continue;  // read again: then the version decides
    Response response;
    response.headers.emplace_back("ETag", etag_of(changed->head));
    if (is_move) response.headers.emplace_back("Location", asset_path(changed->head.asset.id));
    auto body = asset_body(changed->head);
    if (is_move) body["moved_from"] = before->asset.id.text();
    co_return co_await settle(context, *waits, changed->epoch, std::move(response),
                              std::move(body));
  }
  co_return refuse(stale(version));
}

}  // namespace webmon::api
