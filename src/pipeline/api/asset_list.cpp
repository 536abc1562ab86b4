// GET assets: ordered by (partition, id). The cursor is the last id looked at, which names its
// partition.
#include <algorithm>

#include "pipeline/api/asset_access.hpp"
#include "pipeline/api/asset_walk.hpp"
#include "pipeline/api/handlers.hpp"

namespace webmon::api {
namespace {

constexpr std::size_t kMostCandidates = 4'000;  ///< of one page: if few match, it is a short one
constexpr std::size_t kLeastRead = 100;         ///< candidates at once, once some did not match

struct ListQuery {
  std::size_t limit = 100;
  AssetId after;  ///< nil: from the start
  AssetQuery filter;
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
  auto filter = read_asset_query(request);
  if (!filter) return refuse(std::move(filter.error()));
  query.filter = std::move(*filter);
  if (const auto text = request.parameter("url")) {
    auto url = parse_url(*text, true);
    if (!url) return refuse(std::move(url.error()));
    query.url = std::move(*url);
  }
  return query;
}

struct Page {
  boost::json::array items;
  AssetId last;
  bool has_more = false;
};

boost::json::object body_of(const AssetWalk::Found& found) {
  auto body = asset_body(found.head);
  if (found.removed != StoreTime{}) body["removed"] = to_rfc3339(found.removed);
  return body;
}

/// One more than is shown tells whether there is a next page, unless the page is cut short.
Awaitable<Checked<Page>> read_page(Context& context, const ListQuery& query) {
  Page page;
  AssetWalk walk{context, query.filter, query.after};
  std::size_t least = 1;
  for (std::size_t read = 0; read < kMostCandidates && !walk.is_done(); least = kLeastRead) {
    const auto count = std::max(least, query.limit + 1 - page.items.size());
    const auto found = co_await walk.next(count, false);
    if (!found) co_return refuse(found.error());
    read += count;
    for (const auto& one : *found) {
      if (page.items.size() == query.limit) {
        page.has_more = true;
        co_return page;
      }
      page.items.push_back(body_of(one));
      page.last = one.head.asset.id;
    }
    page.last = walk.position();
  }
  page.has_more = !walk.is_done();
  co_return page;
}

Awaitable<Checked<Page>> find_url(Context& context, const ListQuery& query) {
  Page page;
  store::Batch batch;
  store::add_url_lookup(batch, context.keys, *query.url);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const auto id = store::read_url_lookup(replies->front());
  if (!id) co_return refuse(id.error());
  if (!*id) co_return page;
  store::Batch second;
  store::add_asset_head(second, context.keys, **id);
  const auto heads = co_await ask(context, std::move(second));
  if (!heads) co_return refuse(heads.error());
  const auto head = store::read_asset_head(heads->front());
  if (!head) co_return refuse(head.error());
  if (*head && query.filter.matches(**head)) page.items.push_back(asset_body(**head));
  co_return page;
}

}  // namespace

Awaitable<Answer> list_assets(Context& context, const Request& request) {
  const auto query = read_query(request);
  if (!query) co_return refuse(query.error());
  Checked<Page> page;
  if (query->url) {
    page = co_await find_url(context, *query);
  } else {
    page = co_await read_page(context, *query);
  }
  if (!page) co_return refuse(page.error());
  boost::json::object body;
  body["items"] = std::move(page->items);
  body["next"] = nullptr;
  if (page->has_more) body["next"] = page->last.text();
  co_return json_response(200, body);
}

}  // namespace webmon::api
