// cache-compress: whether the answer is compressed, and what caches on the way do with it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/core/http_date.hpp"
#include "plugins/builder.hpp"
#include "plugins/header_list.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;
using plugins::joined;

constexpr std::array kMetrics = {
    MetricSpec{"ratio", 2300, "ratio", true, 0.5, 0.2, "decoded bytes by bytes on the wire",
               Excess::change},
    MetricSpec{"age_s", 2301, "s", false, 0, 0, "Age: how long a cache had the answer"},
    MetricSpec{
        "lifetime_s", 2302, "s", false, 0, 0,
        "how long shared caches may keep it: s-maxage, max-age or Expires (RFC 9111 §4.2.1)"},
};
constexpr std::array kFacts = {
    FactSpec{"encoding", ValueType::text, "Content-Encoding; identity if there is none"},
    FactSpec{"vary", ValueType::text, "as sent"},
    FactSpec{"etag", ValueType::text, "as sent"},
    FactSpec{"last_modified", ValueType::text, "RFC 3339"},
    FactSpec{"cache_control", ValueType::text, "as sent"},
    FactSpec{"cdn_cache_hit", ValueType::boolean,
             "a cache on the way says that it had the answer: X-Cache, CF-Cache-Status, "
             "Cache-Status, X-Cache-Status"},
    FactSpec{
        "cacheable", ValueType::boolean,
        "shared caches may give it again unasked: for the lifetime that the server says, or, if "
        "it says none, one guessed from Last-Modified (RFC 9111 §4.2.2)"},
    FactSpec{"stale", ValueType::boolean, "it is older than its lifetime"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    ReasonSpec{ReportState::warn, "stale",
               "a cache gave an answer that is over a minute older than its lifetime"},
    ReasonSpec{ReportState::ok, "not_compressed", "8 KiB of text or more, not compressed"},
};

constexpr double kTolerance = 60;  // seconds: clocks and revalidation under way
constexpr std::size_t kWorthCompressing = 8192;

bool is_text(const Page& page) {
  const std::string type = media_type(page);
  return type.starts_with("text/") || type.ends_with("json") || type.ends_with("javascript") ||
         type.ends_with("xml");
}

void look_at_encoding(Report& report, const Page& page) {
  const std::string encoding = lower(joined(page.headers, "content-encoding").value_or(""));
  report.facts["encoding"] = encoding.empty() ? "identity" : clean(encoding, 64);
  if (page.wire_bytes > 0) {
    add_metric(report, kMetrics[0],
               static_cast<double>(page.body.size()) / static_cast<double>(page.wire_bytes));
  }
  if (!encoding.empty() || page.body.size() < kWorthCompressing || !is_text(page)) return;
  add_finding(report,
              {.severity = Severity::info,
               .code = "not_compressed",
               .message = fmt::format("{} bytes of text came uncompressed", page.body.size()),
               .expected = "Content-Encoding: gzip or br",
               .seen = "none",
               .evidence = {}});
}

/// RFC 9111 §4.2.1; nothing: the server does not say.
std::optional<double> lifetime_of(const Page& page,
                                  const std::vector<plugins::Directive>& control) {
  for (const auto* name : {"s-maxage", "max-age"}) {
    const auto* one = plugins::find_directive(control, name);
    if (one == nullptr) continue;
    if (const auto lifetime = plugins::seconds_of(one->value)) return lifetime;
  }
  const std::string* expires = find_header(page.headers, "expires");
  const std::string* date = find_header(page.headers, "date");
  if (expires == nullptr || date == nullptr) return {};
  const auto end = parse_http_date(*expires);
  const auto begin = parse_http_date(*date);
  if (!begin) return {};
  if (!end) return 0;  // "0" and the like: already over
  return std::max(0.0, std::chrono::duration<double>(*end - *begin).count());
}

bool may_share(const std::vector<plugins::Directive>& control) {
  return plugins::find_directive(control, "no-store") == nullptr &&
         plugins::find_directive(control, "private") == nullptr;
}

/// A server that says nothing but when the page changed last leaves the lifetime to the cache.
bool is_reusable(const Page& page, const std::vector<plugins::Directive>& control,
                 std::optional<double> lifetime) {
  if (!may_share(control) || plugins::find_directive(control, "no-cache") != nullptr) return false;
  const bool is_guessed = find_header(page.headers, "expires") == nullptr &&
                          find_header(page.headers, "last-modified") != nullptr;
  return lifetime ? *lifetime > 0 : is_guessed;
}

std::optional<bool> cache_hit(const Page& page) {
  for (const auto* name : {"cf-cache-status", "x-cache", "cache-status", "x-cache-status"}) {
    const std::string* value = find_header(page.headers, name);
    if (value == nullptr) continue;
    const std::string text = lower(value->substr(0, 256));
    return text.find("hit") != std::string::npos || text.find("stale") != std::string::npos;
  }
  return {};
}

void take(const Page& page, std::string_view header, std::string_view name,
          boost::json::object& facts) {
  if (const auto value = joined(page.headers, header)) facts[name] = clean(*value, 200);
}

void look_at_age(Report& report, double age, double lifetime) {
  report.facts["stale"] = age > lifetime;
  if (age <= lifetime + kTolerance) return;
  add_finding(report,
              {.severity = Severity::warn,
               .code = "stale",
               .message = fmt::format("a cache gave an answer of {:.0f} s ago that was good "
                                      "for {:.0f} s",
                                      age, lifetime),
               .expected = fmt::format("at most {:.0f} s", lifetime),
               .seen = fmt::format("{:.0f} s", age),
               .evidence = {}});
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_content(input); !why.empty()) {
    return plugins::skipped(input, why);
  }
  const Page& page = input.page;
  PluginOutput output;
  Report& report = output.report;
  look_at_encoding(report, page);
  take(page, "vary", "vary", report.facts);
  take(page, "etag", "etag", report.facts);
  take(page, "cache-control", "cache_control", report.facts);
  if (const std::string* modified = find_header(page.headers, "last-modified")) {
    if (const auto time = parse_http_date(*modified))
      report.facts["last_modified"] = to_rfc3339(*time);
  }
  if (const auto hit = cache_hit(page)) report.facts["cdn_cache_hit"] = *hit;
  const auto control = plugins::directives(joined(page.headers, "cache-control").value_or(""), ',');
  const auto lifetime = lifetime_of(page, control);
  report.facts["cacheable"] = is_reusable(page, control, lifetime);
  if (lifetime) add_metric(report, kMetrics[2], *lifetime);
  const std::string* header = find_header(page.headers, "age");
  const auto age = header == nullptr ? std::nullopt : plugins::seconds_of(plugins::trim(*header));
  if (age) add_metric(report, kMetrics[1], *age);
  if (age && lifetime) look_at_age(report, *age, *lifetime);
  return output;
}

constexpr Plugin kPlugin{.name = "cache-compress",
                         .number = 23,
                         .version = 1,
                         .sees_ignored = true,
                         .describes_content = true,
                         .summary = "Whether the answer is compressed, and what caches do with it.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
