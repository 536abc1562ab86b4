/// Domains that very many pages load files from, count visitors with, or link to; that one of them
/// is new on a page is no sign of harm. Source: the largest networks and services of the HTTP
/// Archive's Web Almanac 2022, chapters "CDN" and "Third parties". Pure.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace webmon::change {

inline constexpr std::array<std::string_view, 74> kCommonDomains = {"addthis.com",
                                                                    "addtoany.com",
                                                                    "adobe.com",
                                                                    "akamaihd.net",
                                                                    "amazon-adsystem.com",
                                                                    "amazonaws.com",
                                                                    "apple.com",
                                                                    "aspnetcdn.com",
                                                                    "bing.com",
                                                                    "bootstrapcdn.com",
                                                                    "bsky.app",
                                                                    "cdn-apple.com",
                                                                    "clarity.ms",
                                                                    "cloudflare.com",
                                                                    "cloudflareinsights.com",
                                                                    "cloudfront.net",
                                                                    "codepen.io",
                                                                    "cookielaw.org",
                                                                    "criteo.com",
                                                                    "cookiebot.com",
                                                                    "discord.com",
                                                                    "discord.gg",
                                                                    "disqus.com",
                                                                    "doubleclick.net",
                                                                    "facebook.com",
                                                                    "facebook.net",
                                                                    "fastly.net",
                                                                    "fontawesome.com",
                                                                    "fonts.net",
                                                                    "gitbook.com",
                                                                    "github.com",
                                                                    "github.io",
                                                                    "githubusercontent.com",
                                                                    "gitlab.com",
                                                                    "google-analytics.com",
                                                                    "google.com",
                                                                    "googleadservices.com",
                                                                    "googleapis.com",
                                                                    "googlesyndication.com",
                                                                    "googletagmanager.com",
                                                                    "gstatic.com",
                                                                    "hcaptcha.com",
                                                                    "hotjar.com",
                                                                    "hs-scripts.com",
                                                                    "instagram.com",
                                                                    "intercom.io",
                                                                    "jquery.com",
                                                                    "jsdelivr.net",
                                                                    "linkedin.com",
                                                                    "list-manage.com",
                                                                    "mailchimp.com",
                                                                    "mastodon.social",
                                                                    "matomo.cloud",
                                                                    "medium.com",
                                                                    "microsoft.com",
                                                                    "npmjs.com",
                                                                    "onetrust.com",
                                                                    "paypal.com",
                                                                    "pinterest.com",
                                                                    "plausible.io",
                                                                    "recaptcha.net",
                                                                    "reddit.com",
                                                                    "segment.com",
                                                                    "stackoverflow.com",
                                                                    "statcounter.com",
                                                                    "stripe.com",
                                                                    "twitter.com",
                                                                    "typekit.net",
                                                                    "unpkg.com",
                                                                    "vimeo.com",
                                                                    "wikipedia.org",
                                                                    "x.com",
                                                                    "youtube.com",
                                                                    "zendesk.com"};

inline bool is_common_host(std::string_view domain) noexcept {
  return std::ranges::find(kCommonDomains, domain) != kCommonDomains.end() ||
         domain == "youtube-nocookie.com" || domain == "ytimg.com" || domain == "youtu.be";
}

}  // namespace webmon::change
