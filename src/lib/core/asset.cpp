#include "lib/core/asset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace webmon {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxTags = 32;
constexpr std::size_t kMaxTag = 64;
constexpr std::size_t kMaxHeaders = 32;
constexpr std::size_t kMaxHeaderBytes = 4096;
constexpr std::size_t kMaxBody = 16 * 1024;
constexpr std::size_t kMaxPluginOptions = 4096;

constexpr std::array<std::string_view, kAssetStates> kStateNames = {
    "unknown", "up", "degraded", "changed", "down", "inconclusive", "paused", "maintenance"};

tl::unexpected<Error> refuse(std::string_view path, std::string_view why) {
  return fail(Errc::bad_input, fmt::format("{}: {}", path, why));
}

std::string_view view(const json::string& s) { return {s.data(), s.size()}; }
std::string_view view(json::string_view s) { return {s.data(), s.size()}; }

std::string lowered(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

Result<std::string> read_string(const json::value& value, std::string_view path) {
  if (!value.is_string()) return refuse(path, "must be a string");
  return std::string{view(value.get_string())};
}

Result<bool> read_bool(const json::value& value, std::string_view path) {
  if (!value.is_bool()) return refuse(path, "must be true or false");
  return value.get_bool();
}

bool is_tag(std::string_view tag) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !tag.empty() && tag.size() <= kMaxTag && std::ranges::all_of(tag, is_allowed);
}

Result<std::vector<std::string>> read_tags(const json::value& value) {
  if (!value.is_array()) return refuse("tags", "must be an array of strings");
  if (value.get_array().size() > kMaxTags) return refuse("tags", "more than 32");
  std::vector<std::string> tags;
  for (const auto& element : value.get_array()) {
    const auto path = fmt::format("tags[{}]", tags.size());
    auto tag = read_string(element, path);
    if (!tag) return fail(std::move(tag.error()));
    if (!is_tag(*tag)) return refuse(path, "must be 1 to 64 of a-z, 0-9, '.', '_', '-'");
    tags.push_back(std::move(*tag));
  }
  std::ranges::sort(tags);
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

bool is_token(std::string_view name) {  // RFC 9110 §5.6.2
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  };
  return !name.empty() && std::ranges::all_of(name, is_allowed);
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& list) {
  return std::ranges::find(list, name) != list.end();
}

constexpr std::string_view kNoCredentials =
    "credentials are refused until Webmon can encrypt them; remove this field";

Result<void> check_header(std::string_view lower, std::string_view value, std::string_view path) {
  static constexpr std::array<std::string_view, 3> kCredentials = {"authorization", "cookie",
                                                                   "proxy-authorization"};
  static constexpr std::array<std::string_view, 10> kOurs = {
      "host", "content-length", "transfer-encoding", "connection", "upgrade",
      "te",   "trailer",        "keep-alive",        "expect",     "proxy-connection"};
  if (!is_token(lower)) return refuse(path, "is not a header name");
  if (is_one_of(lower, kCredentials)) return refuse(path, kNoCredentials);
  if (is_one_of(lower, kOurs)) return refuse(path, "is set by Webmon itself; remove it");
  const bool is_clean = std::ranges::none_of(value, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
  if (!is_clean) return refuse(path, "contains a control character");
  return {};
}

Result<std::vector<std::pair<std::string, std::string>>> read_headers(const json::value& value) {
  if (!value.is_object()) return refuse("request.headers", "must be an object of strings");
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> seen;
  std::size_t bytes = 0;
  for (const auto& [key, element] : value.get_object()) {
    const auto name = view(key);
    const auto path = fmt::format("request.headers.{}", name);
    auto lower = lowered(name);
    auto text = read_string(element, path);
    if (!text) return fail(std::move(text.error()));
    if (auto ok = check_header(lower, *text, path); !ok) return fail(std::move(ok.error()));
    if (std::ranges::find(seen, lower) != seen.end()) return refuse(path, "is there twice");
    bytes += name.size() + text->size();
    headers.emplace_back(std::string{name}, std::move(*text));
    seen.push_back(std::move(lower));
  }
  if (headers.size() > kMaxHeaders) return refuse("request.headers", "more than 32");
  if (bytes > kMaxHeaderBytes) return refuse("request.headers", "more than 4096 bytes");
  return headers;
}

Result<std::string> read_method(const json::value& value) {
  auto method = read_string(value, "request.method");
  if (method && *method != "GET" && *method != "HEAD" && *method != "POST")
    return refuse("request.method", "must be GET, HEAD or POST");
  return method;
}

/// Moves a parsed value to its place, or its error out.
template <class T, class U>
Result<void> put(Result<T> from, U& to) {
  if (!from) return fail(std::move(from.error()));
  to = std::move(*from);
  return {};
}

Result<void> read_request_field(std::string_view key, const json::value& value,
                                RequestOptions& options) {
  if (key == "method") return put(read_method(value), options.method);
  if (key == "headers") return put(read_headers(value), options.headers);
  if (key == "body") return put(read_string(value, "request.body"), options.body);
  if (key == "auth") return refuse("request.auth", kNoCredentials);
  return refuse(fmt::format("request.{}", key), "unknown field");
}

Result<RequestOptions> read_request(const json::value& value) {
  if (!value.is_object()) return refuse("request", "must be an object");
  RequestOptions options;
  for (const auto& [key, element] : value.get_object())
    if (auto ok = read_request_field(view(key), element, options); !ok)
      return fail(std::move(ok.error()));
  if (options.body.size() > kMaxBody) return refuse("request.body", "more than 16384 bytes");
  if (!options.body.empty() && options.method != "POST")
    return refuse("request.body", "needs \"method\":\"POST\"");
  return options;
}

Result<bool> read_tls(const json::value& value) {
  if (!value.is_object()) return refuse("tls", "must be an object");
  bool verify = true;
  for (const auto& [key, element] : value.get_object()) {
    if (view(key) != "verify") return refuse(fmt::format("tls.{}", view(key)), "unknown field");
    auto flag = read_bool(element, "tls.verify");
    if (!flag) return flag;
    verify = *flag;
  }
  return verify;
}

Result<std::optional<seconds>> read_interval(const json::value& value) {
  if (value.is_null()) return std::optional<seconds>{};
  const auto* number = value.if_int64();
  if (number == nullptr || *number < kLeastInterval.count() || *number > kMostInterval.count())
    return refuse("interval_s", fmt::format("must be null or a whole number of seconds, {} to {}",
                                            kLeastInterval.count(), kMostInterval.count()));
  return std::optional{seconds{*number}};
}

bool is_plugin_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_allowed);
}

Result<json::object> read_plugins(const json::value& value) {
  if (!value.is_object()) return refuse("plugins", "must be an object");
  for (const auto& [key, options] : value.get_object()) {
    const auto path = fmt::format("plugins.{}", view(key));
    if (!is_plugin_name(view(key))) return refuse(path, "is not a plugin name");
    if (!options.is_object()) return refuse(path, "must be an object");
    const auto* enabled = options.get_object().if_contains("enabled");
    if (enabled != nullptr && !enabled->is_bool())
      return refuse(path + ".enabled", "must be true or false");
  }
  if (json::serialize(value).size() > kMaxPluginOptions)
    return refuse("plugins", "more than 4096 bytes");
  return value.get_object();
}

Result<Url> read_url(const json::value& value) {
  auto text = read_string(value, "url");
  if (!text) return fail(std::move(text.error()));
  auto url = parse_url(*text);
  if (!url) return refuse("url", url.error().detail);
  return url;
}

Result<void> read_field(std::string_view key, const json::value& value, AssetPatch& patch) {
  if (key == "url") return put(read_url(value), patch.url);
  if (key == "tags") return put(read_tags(value), patch.tags);
  if (key == "enabled") return put(read_bool(value, "enabled"), patch.enabled);
  if (key == "interval_s") return put(read_interval(value), patch.interval);
  if (key == "request") return put(read_request(value), patch.request);
  if (key == "tls") return put(read_tls(value), patch.tls_verify);
  if (key == "plugins") return put(read_plugins(value), patch.plugins);
  if (key == "auth") return refuse("auth", kNoCredentials);
  if (key == "id" || key == "version" || key == "created" || key == "updated")
    return refuse(key, "is read-only; remove it");
  return refuse(key, "unknown field");
}

Result<void> read_fixed_field(std::string_view key, const json::value& value, Asset& asset) {
  if (key == "version") {
    const auto* number = value.if_int64();
    if (number == nullptr || *number < 1) return refuse(key, "must be a number from 1");
    asset.version = static_cast<std::uint64_t>(*number);
    return {};
  }
  auto text = read_string(value, key);
  if (!text) return fail(std::move(text.error()));
  if (key == "id") return put(parse_id<AssetId>(*text), asset.id);
  return put(parse_rfc3339(*text), key == "created" ? asset.created : asset.updated);
}

bool is_fixed_field(std::string_view key) {
  return key == "id" || key == "version" || key == "created" || key == "updated";
}

Result<Asset> read_asset(const json::object& body) {
  Asset asset;
  json::object rest;
  for (const auto& [key, value] : body) {
    if (!is_fixed_field(view(key))) {
      rest.emplace(key, value);
      continue;
    }
    if (auto ok = read_fixed_field(view(key), value, asset); !ok)
      return fail(std::move(ok.error()));
  }
  auto patch = parse_asset_patch(rest);
  if (!patch) return fail(std::move(patch.error()));
  apply(*patch, asset);
  if (asset.id.is_nil() || asset.url.text.empty()) return refuse("asset", "has no id or no url");
  return asset;
}

}  // namespace

std::string_view to_string(AssetState state) noexcept {
  return kStateNames[std::min<std::size_t>(static_cast<std::size_t>(state), kAssetStates - 1)];
}

Result<AssetState> parse_asset_state(std::string_view text) {
  const auto at = std::ranges::find(kStateNames, text);
  if (at == kStateNames.end())
    return fail(Errc::bad_input, fmt::format("no such asset state: '{}'", text.substr(0, 32)));
  return static_cast<AssetState>(at - kStateNames.begin());
}

Result<AssetPatch> parse_asset_patch(const json::object& body) {
  AssetPatch patch;
  for (const auto& [key, value] : body)
    if (auto ok = read_field(view(key), value, patch); !ok) return fail(std::move(ok.error()));
  return patch;
}

void apply(const AssetPatch& patch, Asset& asset) {
  if (patch.url) asset.url = *patch.url;
  if (patch.tags) asset.tags = *patch.tags;
  if (patch.enabled) asset.enabled = *patch.enabled;
  if (patch.interval) asset.interval = *patch.interval;
  if (patch.request) asset.request = *patch.request;
  if (patch.tls_verify) asset.tls_verify = *patch.tls_verify;
  if (patch.plugins) asset.plugins = *patch.plugins;
}

json::object to_json(const Asset& asset) {
  json::object headers;
  for (const auto& [name, value] : asset.request.headers) headers[name] = value;
  json::object request{{"method", asset.request.method}, {"headers", std::move(headers)}};
  if (!asset.request.body.empty()) request["body"] = asset.request.body;
  const auto interval =
      asset.interval ? json::value(asset.interval->count()) : json::value(nullptr);
  return {{"id", asset.id.text()},
          {"url", asset.url.text},
          {"tags", json::value_from(asset.tags)},
          {"enabled", asset.enabled},
          {"interval_s", interval},
          {"request", std::move(request)},
          {"tls", json::object{{"verify", asset.tls_verify}}},
          {"plugins", asset.plugins},
          {"version", asset.version},
          {"created", to_rfc3339(asset.created)},
          {"updated", to_rfc3339(asset.updated)}};
}

Result<Asset> asset_from_json(std::string_view text) {
  json::error_code error;
  const auto value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return fail(Errc::bad_frame, "asset: not a JSON object");
  auto asset = read_asset(value.get_object());
  if (!asset) return fail(Errc::bad_frame, "asset: " + asset.error().detail);
  return asset;
}

bool is_plugin_enabled(const Asset& asset, std::string_view plugin) noexcept {
  const auto* options = asset.plugins.if_contains({plugin.data(), plugin.size()});
  if (options == nullptr || !options->is_object()) return true;
  const auto* enabled = options->get_object().if_contains("enabled");
  return enabled == nullptr || !enabled->is_bool() || enabled->get_bool();
}

}  // namespace webmon
