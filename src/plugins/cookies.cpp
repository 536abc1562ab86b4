// cookies: what the page's last answer sets, and how well it is protected.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "lib/core/http_date.hpp"
#include "plugins/builder.hpp"
#include "plugins/header_list.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"count", 900, "count", true, 1, 0.1, "cookies set, at most 50", Excess::change},
    MetricSpec{"insecure_count", 901, "count", false, 0, 0,
               "those without Secure over HTTPS, or whose __Host- or __Secure- does not hold"},
};
constexpr std::array kFacts = {
    FactSpec{"each", ValueType::objects,
             "the first 20: name, secure, httponly, samesite, prefix_ok, domain_wide, "
             "persistent_days (null: until the browser ends), third_party"},
    FactSpec{"new", ValueType::texts, "names that the check before did not have"},
    FactSpec{"removed", ValueType::texts, "names that only the check before had"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    ReasonSpec{ReportState::warn, "prefix_violated",
               "a __Host- or __Secure- cookie without what the name promises: browsers refuse it "
               "(RFC 6265bis §4.1.3)"},
    ReasonSpec{ReportState::warn, "protection_lost",
               "a cookie has lost Secure or HttpOnly since the check before"},
    ReasonSpec{ReportState::ok, "insecure_cookie", "set over HTTPS without Secure"},
    ReasonSpec{ReportState::ok, "readable_session",
               "a cookie named like a session's without HttpOnly"},
};

constexpr std::size_t kMostCookies = 50;
constexpr std::size_t kMostTold = 20;
constexpr std::size_t kMostFindings = 8;
constexpr std::size_t kMostState = 500;

struct Cookie {
  std::string name;
  bool is_secure = false, is_http_only = false, is_domain_wide = false, has_root_path = false;
  bool is_foreign = false;  ///< Domain is not that of the page
  std::string same_site;
  std::optional<double> persistent_days;

  bool keeps_prefix() const {
    if (name.starts_with("__Secure-")) return is_secure;
    return !name.starts_with("__Host-") || (is_secure && !is_domain_wide && has_root_path);
  }
};

/// Whether a page of `host` may set a cookie for `domain` (RFC 6265 §5.1.3).
bool covers(std::string_view domain, std::string_view host) {
  return host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

/// RFC 6265bis §5.4, as far as it is shown. Expires counts only where there is no Max-Age.
Cookie parse(std::string_view text, std::string_view host, StoreTime now) {
  Cookie cookie;
  const std::size_t end = std::min(text.find(';'), text.size());
  const std::string_view pair = text.substr(0, end);
  cookie.name = clean(plugins::trim(pair.substr(0, std::min(pair.find('='), pair.size()))), 64);
  const auto attributes = plugins::directives(text.substr(std::min(end + 1, text.size())), ';');
  for (const auto& one : attributes) {
    if (one.name == "secure") cookie.is_secure = true;
    if (one.name == "httponly") cookie.is_http_only = true;
    if (one.name == "path") cookie.has_root_path = one.value == "/";
    if (one.name == "samesite") cookie.same_site = clean(lower(one.value), 16);
    if (one.name == "domain" && !one.value.empty()) {
      cookie.is_domain_wide = true;
      const std::string domain = lower(one.value.substr(one.value.front() == '.' ? 1 : 0));
      cookie.is_foreign = domain.empty() || !covers(domain, host);
    }
  }
  constexpr double kDay = 86'400;
  const auto* age = plugins::find_directive(attributes, "max-age");
  const auto* expires = plugins::find_directive(attributes, "expires");
  if (age != nullptr) {
    if (const auto s = plugins::seconds_of(age->value)) cookie.persistent_days = *s / kDay;
  } else if (expires != nullptr) {
    if (const auto date = parse_http_date(expires->value)) {
      cookie.persistent_days =
          std::max(0.0, std::chrono::duration<double>(*date - now).count() / kDay);
    }
  }
  return cookie;
}

std::vector<Cookie> cookies_of(const Page& page, std::string_view host) {
  std::vector<Cookie> cookies;
  for (const auto& [name, value] : page.headers) {
    if (name != "set-cookie") continue;
    if (cookies.size() == kMostCookies) break;
    cookies.push_back(parse(value, host, page.observed_at));
  }
  return cookies;
}

boost::json::array told(const std::vector<Cookie>& cookies) {
  boost::json::array list;
  for (const Cookie& cookie : cookies) {
    if (list.size() == kMostTold) break;
    boost::json::object one{{"name", cookie.name},
                            {"secure", cookie.is_secure},
                            {"httponly", cookie.is_http_only},
                            {"samesite", cookie.same_site},
                            {"prefix_ok", cookie.keeps_prefix()},
                            {"domain_wide", cookie.is_domain_wide},
                            {"persistent_days", nullptr},
                            {"third_party", cookie.is_foreign}};
    if (cookie.persistent_days)
      one["persistent_days"] = std::round(*cookie.persistent_days * 10) / 10;
    list.push_back(std::move(one));
  }
  return list;
}

bool is_like_a_session(std::string_view name) {
  const std::string text = lower(name);
  for (const auto* word : {"sess", "sid", "auth", "token", "jwt"}) {
    if (text.find(word) != std::string::npos) return text.find("csrf") == std::string::npos;
  }
  return false;
}

void add(Report& report, Severity severity, std::string_view code, const Cookie& cookie,
         std::string_view what, std::string_view expected) {
  if (report.findings.size() >= kMostFindings) return;
  add_finding(report, {.severity = severity,
                       .code = std::string{code},
                       .message = fmt::format("the cookie {} {}", cookie.name, what),
                       .expected = std::string{expected},
                       .seen = fmt::format("Secure {}, HttpOnly {}, SameSite {}",
                                           cookie.is_secure ? "yes" : "no",
                                           cookie.is_http_only ? "yes" : "no",
                                           cookie.same_site.empty() ? "none" : cookie.same_site),
                       .evidence = {}});
}

/// Returns how many are insecure.
int judge(Report& report, const std::vector<Cookie>& cookies, bool is_https) {
  int insecure = 0;
  for (const Cookie& cookie : cookies) {
    if (!cookie.keeps_prefix()) {
      add(report, Severity::warn, "prefix_violated", cookie,
          "breaks the promise of its name, so browsers refuse it",
          "Secure; for __Host- also Path=/ and no Domain");
    } else if (is_https && !cookie.is_secure) {
      add(report, Severity::info, "insecure_cookie", cookie, "also goes over plain HTTP", "Secure");
    }
    if (!cookie.keeps_prefix() || (is_https && !cookie.is_secure)) ++insecure;
    if (!cookie.is_http_only && is_like_a_session(cookie.name)) {
      add(report, Severity::info, "readable_session", cookie, "can be read by any script",
          "HttpOnly");
    }
  }
  return insecure;
}

/// State: per cookie its name, a tab, flags ('s' Secure, 'h' HttpOnly), a newline. What does not
/// fit is left out, and then nothing is called new or removed.
std::string state_of(const std::vector<Cookie>& cookies) {
  std::string state;
  for (const Cookie& cookie : cookies) {
    std::string one = cookie.name + "\t" + (cookie.is_secure ? "s" : "") +
                      (cookie.is_http_only ? "h" : "") + "\n";
    if (cookie.name.find_first_of("\t\n") != std::string::npos) continue;
    if (state.size() + one.size() > kMostState) return state + "+";
    state += one;
  }
  return state + ".";
}

struct Before {
  std::string_view name, flags;
};
std::vector<Before> parse_state(std::string_view state) {
  std::vector<Before> list;
  while (state.size() > 1) {
    const std::size_t tab = state.find('\t');
    const std::size_t end = state.find('\n');
    if (tab == std::string_view::npos || end == std::string_view::npos || end < tab) break;
    list.push_back({state.substr(0, tab), state.substr(tab + 1, end - tab - 1)});
    state.remove_prefix(end + 1);
  }
  return list;
}

void compare(Report& report, const std::vector<Cookie>& cookies, std::string_view state,
             bool is_whole) {
  if (state.empty()) return;
  const auto before = parse_state(state);
  std::vector<std::string_view> added, removed;
  for (const Cookie& cookie : cookies) {
    const auto old = std::ranges::find(before, std::string_view{cookie.name}, &Before::name);
    if (old == before.end()) {
      added.push_back(cookie.name);
      continue;
    }
    const bool was_secure = old->flags.find('s') != std::string_view::npos;
    const bool was_http_only = old->flags.find('h') != std::string_view::npos;
    if ((was_secure && !cookie.is_secure) || (was_http_only && !cookie.is_http_only)) {
      add(report, Severity::warn, "protection_lost", cookie,
          "has lost a protection that it had at the check before",
          fmt::format("{}{}", was_secure ? "Secure " : "", was_http_only ? "HttpOnly" : ""));
    }
  }
  for (const Before& old : before) {
    if (std::ranges::find(cookies, old.name, &Cookie::name) == cookies.end()) {
      removed.push_back(old.name);
    }
  }
  if (state.back() == '.' && !added.empty()) report.facts["new"] = plugins::bounded_list(added);
  if (is_whole && !removed.empty()) report.facts["removed"] = plugins::bounded_list(removed);
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_content(input); !why.empty()) {
    return plugins::skipped(input, why);
  }
  const Page& page = input.page;
  const Url& url = page.hops.empty() ? page.url : page.hops.back().url;
  PluginOutput output;
  Report& report = output.report;
  const auto cookies = cookies_of(page, url.host);
  if (!cookies.empty()) report.facts["each"] = told(cookies);
  output.next_state = state_of(cookies);
  compare(report, cookies, input.state, cookies.size() < kMostCookies);
  add_metric(report, kMetrics[0], static_cast<double>(cookies.size()));
  add_metric(report, kMetrics[1], judge(report, cookies, url.is_https));
  return output;
}

constexpr Plugin kPlugin{
    .name = "cookies",
    .number = 9,
    .version = 1,
    .summary = "Which cookies the answer sets, and how well they are protected.",
    .metrics = kMetrics,
    .facts = kFacts,
    .reasons = kReasons,
    .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
