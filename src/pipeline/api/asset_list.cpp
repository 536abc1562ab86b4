// GET assets: ordered by (partition, id). The cursor is the last id shown, which names its
// partition.
#include <algorithm>

#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/handlers.hpp"

namespace webmon::api {
namespace {

constexpr unsigned kPartitionsAtOnce = 16;  ///< bounds what one batch can answer

struct ListQuery {
  std::size_t limit = 100;
  AssetId after;  ///< nil: from the start
  store::AssetFilter filter;
  std::optional<AssetState> also;  ///< with a tag: the state is looked at item by item
  std::optional<Url> url;
};

Checked<ListQuery> read_query(const Request& request) {
  ListQuery query;
  const auto limit = read_limit(request);
  if (!limit) return refuse(limit.error());
  query.limit = *limit;
  if (const auto cursor = request.parameter("cursor")) {
    const auto after = parse_id<AssetId>(*cursor);
    if (!after) return refuse(400, "bad_cursor", "cursor must be what \"next\" said");
    query.after = *after;
  }
  if (const auto tag = request.parameter("tag")) query.filter.tag = std::string{*tag};
  if (const auto text = request.parameter("state")) {
    const auto state = parse_asset_state(*text);
    if (!state) return refuse(400, "bad_query", state.error().detail);
    (query.filter.tag ? query.also : query.filter.state) = *state;
  }
  if (const auto text = request.parameter("url")) {
    auto url = parse_url(*text, true);
    if (!url) return refuse(std::move(url.error()));
    query.url = std::move(*url);
  }
  return query;
}

/// At most limit + 1 ids: one more than shown tells that there is a next page.
Awaitable<Checked<std::vector<AssetId>>> find_ids(Context& context, const ListQuery& query) {
  std::vector<AssetId> found;
  const auto wanted = query.limit + 1;
  unsigned partition = query.after.is_nil() ? 0 : query.after.partition();
  auto after = query.after;
  while (partition < kPartitions && found.size() < wanted) {
    store::Batch batch;
    const auto end = std::min(kPartitions, partition + kPartitionsAtOnce);
    for (; partition < end; ++partition) {
      store::add_asset_ids(batch, context.keys, static_cast<Partition>(partition), query.filter,
                           after, wanted - found.size());
      after = AssetId{};
    }
    const auto replies = co_await ask(context, std::move(batch));
    if (!replies) co_return refuse(replies.error());
    for (const auto& reply : *replies) {
      const auto ids = store::read_asset_ids(reply);
      if (!ids) co_return refuse(ids.error());
      const auto count = std::min(ids->size(), wanted - found.size());
      found.insert(found.end(), ids->begin(), ids->begin() + static_cast<std::ptrdiff_t>(count));
    }
  }
  co_return found;
}

Awaitable<Checked<boost::json::array>> load_items(Context& context, const ListQuery& query,
                                                  const std::vector<AssetId>& ids) {
  boost::json::array items;
  if (ids.empty()) co_return items;
  store::Batch batch;
  for (const auto& id : ids) store::add_asset_head(batch, context.keys, id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  for (const auto& reply : *replies) {
    const auto head = store::read_asset_head(reply);
    if (!head) co_return refuse(head.error());
    if (!*head) continue;  // removed between the two reads
    if (query.also && (*head)->state != *query.also) continue;
    items.push_back(asset_body(**head));
  }
  co_return items;
}

Awaitable<Checked<std::vector<AssetId>>> find_url(Context& context, const Url& url) {
  store::Batch batch;
  store::add_url_lookup(batch, context.keys, url);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto id = store::read_url_lookup(replies->front());
  if (!id) co_return refuse(id.error());
  std::vector<AssetId> ids;
  if (*id) ids.push_back(**id);
  co_return ids;
}

}  // namespace

Awaitable<Answer> list_assets(Context& context, const Request& request) {
  const auto query = read_query(request);
  if (!query) co_return refuse(query.error());
  Checked<std::vector<AssetId>> ids;
  if (query->url) {
    ids = co_await find_url(context, *query->url);
  } else {
    ids = co_await find_ids(context, *query);
  }
  if (!ids) co_return refuse(ids.error());
  const bool has_more = ids->size() > query->limit;
  if (has_more) ids->pop_back();
  auto items = co_await load_items(context, *query, *ids);
  if (!items) co_return refuse(items.error());
  boost::json::object body;
  body["items"] = std::move(*items);
  body["next"] = nullptr;
  if (has_more) body["next"] = ids->back().text();
  co_return json_response(200, body);
}

}  // namespace webmon::api
