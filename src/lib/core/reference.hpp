/// Where a reference of a page leads, told from its text alone, for lists of thousands. It reads as
/// browsers do (WHATWG URL: backslashes, missing or superfluous slashes, upper case), not as a
/// validator would. Pure; everything is a view into the reference.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "lib/core/ascii.hpp"
#include "lib/core/page.hpp"

namespace webmon {

struct Reference {
  enum class Kind : std::uint8_t {
    relative,  ///< to the page's own host
    web,       ///< http, https, or the page's scheme ("//host/…")
    other      ///< mailto:, javascript:, data: ...
  };
  Kind kind = Kind::relative;
  std::string_view scheme;  ///< as written, without the colon; empty for "//host/…"
  std::string_view host;    ///< as written, without port and userinfo; of `web` only
};

/// Where the first character of `text` stands for which `is_end` holds; its size if there is none.
template <class IsEnd>
constexpr std::size_t find_end(std::string_view text, IsEnd is_end) noexcept {
  std::size_t i = 0;
  while (i < text.size() && !is_end(text[i])) ++i;
  return i;
}

inline Reference read_reference(std::string_view text) noexcept {
  constexpr auto is_slash = [](char c) { return c == '/' || c == '\\'; };
  constexpr auto ends_authority = [](char c) {
    return c == '/' || c == '\\' || c == '?' || c == '#';
  };
  Reference reference;
  const std::size_t mark = find_end(text, [=](char c) { return c == ':' || ends_authority(c); });
  const bool has_scheme = mark < text.size() && mark > 0 && text[mark] == ':';
  if (has_scheme) {
    reference.scheme = text.substr(0, mark);
    text.remove_prefix(mark + 1);
    if (!equals_ignoring_case(reference.scheme, "http") &&
        !equals_ignoring_case(reference.scheme, "https")) {
      reference.kind = Reference::Kind::other;
      return reference;
    }
  }
  const std::size_t begin = find_end(text, [=](char c) { return !is_slash(c); });
  if (begin < 2 && !(has_scheme && begin > 0)) return reference;
  text.remove_prefix(begin);
  std::string_view authority = text.substr(0, find_end(text, ends_authority));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  const std::size_t bracket = authority.find(']');  // of an IPv6 address
  const std::size_t port = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  reference.host = authority.substr(0, port);
  reference.kind = reference.host.empty() ? Reference::Kind::relative : Reference::Kind::web;
  return reference;
}

/// The page's own hosts: that of the page without "www.", and all below it. Nothing is known here
/// of public suffixes, so that of a page of shop.example.org, example.org is another.
inline bool is_own_host(std::string_view host, std::string_view page_host) noexcept {
  if (page_host.starts_with("www.")) page_host.remove_prefix(4);
  if (host.size() < page_host.size()) return false;
  if (!equals_ignoring_case(host.substr(host.size() - page_host.size()), page_host)) return false;
  return host.size() == page_host.size() || host[host.size() - page_host.size() - 1] == '.';
}

/// The URL that the answer came from.
inline const Url& final_url(const Page& page) noexcept {
  return page.hops.empty() ? page.url : page.hops.back().url;
}

/// The host that relative references of the page lead to, in lower case: that of <base>, or its
/// own.
inline std::string base_host(const Page& page) {
  const Reference base = read_reference(page.features.base_href);
  return base.kind == Reference::Kind::web ? lower(base.host) : final_url(page).host;
}

/// "https://host" of a reference of the page, in lower case; empty for those of another kind.
/// Without the port, so that one host is one origin.
inline std::string origin_of(const Reference& reference, const Page& page) {
  if (reference.kind == Reference::Kind::other) return {};
  const bool is_relative = reference.kind == Reference::Kind::relative;
  const bool is_https = reference.scheme.empty() ? final_url(page).is_https
                                                 : equals_ignoring_case(reference.scheme, "https");
  return (is_https ? "https://" : "http://") +
         (is_relative ? base_host(page) : lower(reference.host.substr(0, 255)));
}

/// Whether it leads to a host that is not the page's own.
inline bool is_foreign(const Reference& reference, const Page& page) {
  const std::string_view own = final_url(page).host;
  if (reference.kind == Reference::Kind::relative) return !is_own_host(base_host(page), own);
  return reference.kind == Reference::Kind::web && !is_own_host(reference.host, own);
}

}  // namespace webmon
