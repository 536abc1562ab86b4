#include "cli/asset_ref.hpp"

#include "cli/json_read.hpp"
#include "lib/core/id.hpp"
#include "lib/core/url.hpp"

namespace webmon::cli {

Result<std::string> find_asset_id(ApiClient& api, const std::string& id_or_url) {
  if (parse_id<AssetId>(id_or_url)) return id_or_url;
  const auto url = parse_url(id_or_url, true);
  if (!url)
    return fail(Errc::bad_input,
                "\"" + id_or_url + "\" is neither an asset's id nor a URL: " + url.error().detail);
  std::string id;
  const auto listed =
      api.for_each("/api/v1/assets?url=" + percent_encode(url->text), [&](const auto& item) {
        if (text_at(item, "/url") == url->text) id = text_at(item, "/id");
      });
  if (!listed) return fail(listed.error());
  if (id.empty())
    return fail(Errc::not_found, "no asset has the URL " + url->text +
                                     " (`webmon asset list` shows all, `webmon asset "
                                     "add` adds it)");
  return id;
}

Result<Answer> find_asset(ApiClient& api, const std::string& id_or_url) {
  const auto id = find_asset_id(api, id_or_url);
  if (!id) return fail(id.error());
  return api.call("GET", "/api/v1/assets/" + *id);
}

Result<std::vector<std::string>> find_asset_ids(ApiClient& api,
                                                const std::vector<std::string>& ids_or_urls,
                                                const std::string& tag) {
  std::vector<std::string> ids;
  for (const auto& which : ids_or_urls) {
    auto id = find_asset_id(api, which);
    if (!id) return fail(id.error());
    ids.push_back(std::move(*id));
  }
  if (!tag.empty()) {
    const auto listed = api.for_each(
        "/api/v1/assets?limit=1000&tag=" + percent_encode(tag),
        [&](const boost::json::value& asset) { ids.push_back(text_at(asset, "/id")); });
    if (!listed) return fail(listed.error());
  }
  if (ids.empty())
    return fail(Errc::bad_input, "no asset: name some by id or URL, or all of a --tag");
  return ids;
}

}  // namespace webmon::cli
