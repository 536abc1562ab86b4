/// Hosts that very many sites load files from, count visitors with, or link to; that one of them is
/// new on a page is no sign of harm. Pure.
/// Source: the third parties of the HTTP Archive (tools/make-common-hosts). They serve files; what
/// sites link to beside them is the author's choice, counted nowhere.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace webmon::change {

inline constexpr auto kServingDomains = std::to_array<std::string_view>({
#include "lib/change/common_hosts.inc"
});
static_assert(std::ranges::is_sorted(kServingDomains));

inline constexpr std::array<std::string_view, 20> kLinkedDomains = {
    "bsky.app",     "cdn-apple.com",   "cloudflare.com", "cloudflareinsights.com",
    "codepen.io",   "discord.com",     "discord.gg",     "gitbook.com",
    "gitlab.com",   "google.com",      "gstatic.com",    "hcaptcha.com",
    "linkedin.com", "mastodon.social", "npmjs.com",      "stackoverflow.com",
    "twitter.com",  "wikipedia.org",   "x.com",          "youtu.be"};

/// `host` is in lower case. True for a listed domain and for all below it.
inline bool is_common_host(std::string_view host) noexcept {
  while (!host.empty()) {
    if (std::ranges::binary_search(kServingDomains, host) ||
        std::ranges::find(kLinkedDomains, host) != kLinkedDomains.end())
      return true;
    const std::size_t dot = host.find('.');
    host.remove_prefix(dot == host.npos ? host.size() : dot + 1);
  }
  return false;
}

}  // namespace webmon::change
