// POST assets, GET of one.
#include "lib/store/fleet.hpp"
#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"

namespace webmon::api {
namespace {

Problem known_url(AssetId holder) {
  Problem problem;
  problem.status = 409;
  problem.code = "conflict";
  problem.detail = "an asset with this URL exists already";
  problem.headers.emplace_back("Location", asset_path(holder));
  problem.extra["holder"] = holder.text();
  return problem;
}

Checked<AssetPatch> read_new_asset(const Request& request) {
  auto body = read_body(request);
  if (!body) return refuse(std::move(body.error()));
  auto patch = read_asset_patch(*body);
  if (!patch) return refuse(std::move(patch.error()));
  if (!patch->url) return refuse(422, "bad_input", "url: an asset needs one");
  return std::move(*patch);
}

}  // namespace

Awaitable<Answer> create_asset(Context& context, const Request& request) {
  const auto waits = wants_snapshot(request);
  if (!waits) co_return refuse(waits.error());
  const auto patch = read_new_asset(request);
  if (!patch) co_return refuse(patch.error());
  const auto now = co_await store_now(context);
  if (!now) co_return refuse(now.error());

  store::AssetHead head;
  auto& asset = head.asset;
  apply(*patch, asset);
  asset.id = make_id<AssetId>(*now, context.rng, partition_of_host(asset.url.host));
  asset.created = asset.updated = *now;
  head.state = asset.enabled ? AssetState::unknown : AssetState::paused;
  head.rev = 1;

  store::Batch batch;
  store::add_asset_create(batch, context.keys, asset);
  store::add_snap_state(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto created = store::read_asset_create((*replies)[0]);
  if (!created) co_return refuse(created.error());
  if (!created->is_new) co_return refuse(known_url(created->id));
  const auto epoch = covering_epoch((*replies)[1]);
  if (!epoch) co_return refuse(epoch.error());

  Response response;
  response.status = 201;
  response.headers.emplace_back("Location", asset_path(asset.id));
  response.headers.emplace_back("ETag", etag_of(head));
  co_return co_await settle(context, *waits, *epoch, std::move(response), asset_body(head));
}

Awaitable<Answer> get_asset(Context& context, const Request& request) {
  const auto head = co_await load_asset(context, request);
  if (!head) co_return refuse(head.error());
  auto response = json_response(200, asset_body(*head));
  response.headers.emplace_back("ETag", etag_of(*head));
  co_return response;
}

}  // namespace webmon::api
