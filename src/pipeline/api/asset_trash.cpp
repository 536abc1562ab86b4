// DELETE assets/{id} and its undoing: a removed asset is kept for a day.
#include "lib/store/fleet.hpp"
#include "lib/store/trash.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"

namespace webmon::api {
namespace {

constexpr int kRetries = 3;  ///< of a removal that somebody else's change overtook

struct Removed {
  bool is_done = false;  ///< else others were quicker
  std::uint64_t epoch = 0;
};

Awaitable<Checked<Removed>> remove(Context& context, const Asset& asset, bool purges) {
  store::Batch batch;
  if (purges) {
    store::add_asset_remove(batch, context.keys, asset, asset.version);
  } else {
    store::add_asset_trash(batch, context.keys, asset);
  }
  store::add_snap_state(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto removed = store::read_asset_trash((*replies)[0]);
  if (!removed) co_return refuse(removed.error());
  if (removed->kind == store::Updated::Kind::missing) {
    co_return refuse(404, "not_found", "there is no asset " + asset.id.text());
  }
  const auto epoch = covering_epoch((*replies)[1]);
  if (!epoch) co_return refuse(epoch.error());
  co_return Removed{removed->kind == store::Updated::Kind::updated, *epoch};
}

/// A removed asset, or nothing.
Awaitable<Checked<std::optional<store::TrashedAsset>>> load_trashed(Context& context, AssetId id) {
  store::Batch batch;
  store::add_trashed(batch, context.keys, id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  auto trashed = store::read_trashed(replies->front());
  if (!trashed) co_return refuse(std::move(trashed.error()));
  co_return std::move(*trashed);
}

Awaitable<Answer> answer_removed(Context& context, bool waits, AssetId id, bool is_purged,
                                 std::uint64_t epoch) {
  boost::json::object body;
  body["id"] = id.text();
  body["removed"] = true;
  body["purged"] = is_purged;
  if (!is_purged) body["undo"] = "POST " + asset_path(id) + "/restore";
  Response response;
  co_return co_await settle(context, waits, epoch, std::move(response), std::move(body));
}

/// What was removed before can still be purged.
Awaitable<Answer> purge_trashed(Context& context, AssetId id, bool waits) {
  store::Batch batch;
  store::add_asset_purge(batch, context.keys, id, store::kWhenever);
  store::add_snap_state(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto is_purged = store::read_asset_purge((*replies)[0]);
  if (!is_purged) co_return refuse(is_purged.error());
  if (!*is_purged) co_return refuse(404, "not_found", "there is no asset " + id.text());
  const auto epoch = covering_epoch((*replies)[1]);
  if (!epoch) co_return refuse(epoch.error());
  co_return co_await answer_removed(context, waits, id, true, *epoch);
}

Problem url_taken(AssetId holder) {
  Problem problem;
  problem.status = 409;
  problem.code = "conflict";
  problem.detail = "another asset has its URL now; remove that one first";
  problem.headers.emplace_back("Location", asset_path(holder));
  problem.extra["holder"] = holder.text();
  return problem;
}

/// The asset as it is again, or why not.
Awaitable<Answer> restore(Context& context, bool waits, const store::AssetHead& head) {
  const auto id = head.asset.id;
  store::Batch batch;
  store::add_asset_restore(batch, context.keys, head);
  store::add_snap_state(batch, context.keys);
  store::add_asset_head(batch, context.keys, id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto restored = store::read_asset_restore((*replies)[0]);
  if (!restored) co_return refuse(restored.error());
  if (restored->kind == store::Updated::Kind::url_taken) {
    co_return refuse(url_taken(restored->other));
  }
  const auto epoch = covering_epoch((*replies)[1]);
  if (!epoch) co_return refuse(epoch.error());
  const auto after = store::read_asset_head((*replies)[2]);
  if (!after) co_return refuse(after.error());
  if (restored->kind != store::Updated::Kind::updated || !*after) {
    co_return refuse(409, "conflict", "others restore or remove this asset; look at it again");
  }
  Response response;
  response.headers.emplace_back("ETag", etag_of(**after));
  co_return co_await settle(context, waits, *epoch, std::move(response), asset_body(**after));
}

}  // namespace

Awaitable<Answer> delete_asset(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  const auto purge = read_bool(request, "purge");
  if (!purge) co_return refuse(purge.error());
  const bool purges = purge->value_or(false);
  const auto version = read_if_match(request);
  if (!version) co_return refuse(version.error());

  for (int tries = 0; tries < kRetries; ++tries) {
    const auto head = co_await load_asset(context, request);
    if (!head && head.error().status == 410 && purges) {
      const auto id = read_id<AssetId>(request.params.at(0));
      co_return co_await purge_trashed(context, *id, *waits);
    }
    if (!head) co_return refuse(head.error());
    const auto& asset = head->asset;
    if (*version && **version != asset.version) {
      co_return refuse(412, "stale", "the asset is at version " + std::to_string(asset.version));
    }
    const auto removed = co_await remove(context, asset, purges);
    if (!removed) co_return refuse(removed.error());
    if (!removed->is_done) continue;  // read again, then decide
    co_return co_await answer_removed(context, *waits, asset.id, purges, removed->epoch);
  }
  co_return refuse(412, "stale", "the asset is being changed by others; try again");
}

Awaitable<Answer> restore_asset(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  const auto id = read_id<AssetId>(request.params.at(0));
  if (!id) co_return refuse(id.error());
  const auto trashed = co_await load_trashed(context, *id);
  if (!trashed) co_return refuse(trashed.error());
  if (*trashed) co_return co_await restore(context, *waits, (*trashed)->head);
  const auto head = co_await load_asset(context, request);
  if (!head) co_return refuse(head.error());
  co_return refuse(409, "conflict", "the asset is not removed");
}

}  // namespace webmon::api
