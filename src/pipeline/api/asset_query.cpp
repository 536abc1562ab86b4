#include "pipeline/api/asset_query.hpp"

#include <algorithm>

namespace webmon::api {
namespace {

char lower(char c) noexcept { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); }

bool contains(std::string_view text, std::string_view part) {
  const auto is_same = [](char a, char b) { return lower(a) == lower(b); };
  return !std::ranges::search(text, part, is_same).empty();
}

/// Redis' glob: letters in both cases, its own signs as themselves.
std::string glob(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char small = lower(c);
    if (small >= 'a' && small <= 'z') {
      out += {'[', small, static_cast<char>(small - 32), ']'};
    } else {
      if (std::string_view{"*?[]\\^-"}.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

/// "www.example.org", "[::1]" or with a port: what it is as the host of a URL.
Checked<std::string> read_host(std::string_view text) {
  const bool is_v6 = text.find(':') != text.npos && !text.starts_with('[');
  const auto url = parse_url(is_v6 ? "http://[" + std::string{text} + "]/"
                                   : "http://" + std::string{text} + "/");
  if (!url || url->target != "/") {
    return refuse(400, "bad_query", "host must be a name or an address such as www.example.org");
  }
  return url->host;
}

}  // namespace

bool AssetQuery::matches(const store::AssetHead& head) const {
  const auto& asset = head.asset;
  if (tag && !std::ranges::binary_search(asset.tags, *tag)) return false;
  if (state && head.state != *state) return false;
  if (host && asset.url.host != *host) return false;
  if (text && !contains(asset.url.text, *text)) return false;
  return !enabled || asset.enabled == *enabled;
}

store::AssetFilter AssetQuery::set() const {
  if (tag) return {tag, {}};
  if (state) return {{}, state};
  if (enabled == false) return {{}, AssetState::paused};
  return {};
}

std::optional<std::string> AssetQuery::url_pattern() const {
  if (text) return "*" + glob(*text) + "*";
  if (!host) return std::nullopt;
  const bool is_v6 = host->find(':') != host->npos;
  return "*://" + (is_v6 ? glob("[" + *host + "]") : glob(*host)) + "[:/]*";
}

Checked<AssetQuery> read_asset_query(const Request& request) {
  AssetQuery query;
  if (const auto tag = request.parameter("tag")) query.tag = std::string{*tag};
  if (const auto name = request.parameter("state")) {
    const auto state = parse_asset_state(*name);
    if (!state) return refuse(400, "bad_query", state.error().detail);
    query.state = *state;
  }
  if (const auto name = request.parameter("host")) {
    auto host = read_host(*name);
    if (!host) return refuse(std::move(host.error()));
    query.host = std::move(*host);
  }
  if (const auto text = request.parameter("text")) {
    if (text->empty()) return refuse(400, "bad_query", "text must not be empty");
    query.text = std::string{*text};
  }
  const auto enabled = read_bool(request, "enabled");
  if (!enabled) return refuse(enabled.error());
  query.enabled = *enabled;
  const auto removed = read_bool(request, "removed");
  if (!removed) return refuse(removed.error());
  query.is_removed = removed->value_or(false);
  return query;
}

}  // namespace webmon::api
