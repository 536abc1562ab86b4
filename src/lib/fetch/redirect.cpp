#include "lib/fetch/redirect.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace webmon::fetch {
namespace {

// An allow-list: who knows which of a user's own headers is a secret?
constexpr std::array<std::string_view, 8> kHarmlessHeaders = {
    "accept", "accept-encoding", "accept-language", "cache-control",
    "dnt",    "pragma",          "range",           "user-agent"};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return low(x) == low(y);
  });
}

bool is_harmless(std::string_view name) {
  return std::any_of(kHarmlessHeaders.begin(), kHarmlessHeaders.end(),
                     [&](std::string_view known) { return equal_ignoring_case(name, known); });
}

bool describes_body(std::string_view name) {
  return name.size() > 8 && equal_ignoring_case(name.substr(0, 8), "content-");
}

bool becomes_get(int status, std::string_view method) {
  if (status == 303) return method != "HEAD";
  return (status == 301 || status == 302) && method == "POST";
}

}  // namespace

bool is_redirect(int status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<HopRequest> next_request(const HopRequest& from, int status, const std::string& location) {
  auto url = resolve_url(from.url, location);
  if (!url) return fail(std::move(url.error()));
  HopRequest next{std::move(*url), from.method, from.headers, from.body};
  const bool drops_body = becomes_get(status, from.method);
  if (drops_body) {
    next.method = "GET";
    next.body.clear();
  }
  const bool crosses_origin = origin_of(next.url) != origin_of(from.url);
  std::erase_if(next.headers, [&](const auto& header) {
    return (drops_body && describes_body(header.first)) ||
           (crosses_origin && !is_harmless(header.first) &&
            (next.body.empty() || !equal_ignoring_case(header.first, "content-type")));
  });
  return next;
}

bool is_credential(std::string_view header) noexcept {
  return equal_ignoring_case(header, "authorization") || equal_ignoring_case(header, "cookie") ||
         equal_ignoring_case(header, "proxy-authorization");
}

bool is_downgrade(const Url& from, const Url& to) noexcept { return from.is_https && !to.is_https; }

}  // namespace webmon::fetch
