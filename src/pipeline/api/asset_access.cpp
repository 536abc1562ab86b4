#include "pipeline/api/asset_access.hpp"

#include "lib/store/fleet.hpp"
#include "lib/store/trash.hpp"

namespace webmon::api {

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

std::string etag_of(std::uint64_t version) { return '"' + std::to_string(version) + '"'; }

Checked<std::optional<std::uint64_t>> read_if_match(const Request& request) {
  const auto text = request.header("if-match");
  if (!text || *text == "*") return std::optional<std::uint64_t>{};
  const bool is_quoted = text->size() > 2 && text->front() == '"' && text->back() == '"';
  const auto number = is_quoted ? parse_number(text->substr(1, text->size() - 2)) : std::nullopt;
  if (!number) {
    return refuse(400, "bad_query", "If-Match must be one ETag of this asset, such as \"3\"");
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
