// robots-sitemap: what the site tells crawlers and those who find a hole: robots.txt (RFC 9309),
// its sitemap (sitemaps.org), security.txt (RFC 9116).
#include <fmt/format.h>

#include <array>

#include "plugins/builder.hpp"
#include "plugins/reference.hpp"
#include "plugins/robots_rules.hpp"
#include "plugins/sha256.hpp"
#include "plugins/side_answer.hpp"
#include "plugins/sitemap_reader.hpp"

namespace webmon {
namespace {

namespace json = boost::json;
using plugins::add_finding;
using plugins::clean;
using plugins::flag_at;
using plugins::integer_at;
using plugins::text_at;

constexpr std::array kMetrics = {
    MetricSpec{"url_count", 2200, "count", true, 5, 0.1,
               "entries of the sitemap, of an index its sitemaps; absent where it is cut off"},
};
constexpr std::array kFacts = {
    FactSpec{"robots_status", ValueType::integer, "status of /robots.txt; absent: no answer"},
    FactSpec{"robots_sha256", ValueType::text, "of /robots.txt, if there is one"},
    FactSpec{"disallow_all", ValueType::boolean,
             "robots.txt keeps all crawlers out of the whole site"},
    FactSpec{"sitemap", ValueType::text,
             "URL of the sitemap: the first that robots.txt names, or /sitemap.xml"},
    FactSpec{"sitemap_status", ValueType::integer, "its status; absent: no answer"},
    FactSpec{"newest_lastmod", ValueType::text, "the latest <lastmod> of the sitemap"},
    FactSpec{"security_txt", ValueType::object,
             "of /.well-known/security.txt (RFC 9116): `present`, `expires` as written, `valid`: "
             "it has a Contact and has not expired"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    ReasonSpec{ReportState::skipped, "no_answer", "none of the files was answered for"},
    ReasonSpec{ReportState::warn, "disallow_all",
               "robots.txt keeps all crawlers out, which it did not at the check before"},
    ReasonSpec{ReportState::ok, "robots_changed", "robots.txt is another than before"},
    ReasonSpec{ReportState::ok, "security_txt_expired",
               "security.txt has expired, or does not say when it does"},
};

constexpr std::size_t kMostSitemap = 8U << 20U;
constexpr seconds kSeldom{6 * 3'600};

std::string kept_robots(const Page& answer) {
  json::object kept{{"status", answer.status}};
  if (answer.status == 200) {
    const auto rules = plugins::RobotsReader{}.read(answer.body);
    if (rules.has_rules || answer.body.empty()) {
      kept["sha256"] = plugins::hex(plugins::raw(plugins::sha256(answer.body)));
      kept["disallow_all"] = rules.disallow_all;
      kept["sitemap"] = clean(rules.sitemap, 2'048);
    }
  }
  return json::serialize(kept);
}

std::string kept_sitemap(const Page& answer) {
  json::object kept{{"status", answer.status}};
  const auto sitemap =
      answer.status == 200 ? plugins::SitemapReader{}.read(answer.body) : plugins::Sitemap{};
  if (sitemap.is_sitemap) {
    kept["newest_lastmod"] = sitemap.newest_lastmod;
    if (answer.outcome == Outcome::ok) kept["entries"] = sitemap.entries;
  }
  return json::serialize(kept);
}

/// The value of the first field of that name; a page of HTML has none.
std::string_view field_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto colon = line.find(':');
    if (colon == line.npos || !plugins::equals_ignoring_case(line.substr(0, colon), name)) continue;
    return plugins::trim(line.substr(colon + 1));
  }
  return {};
}

std::string kept_security(const Page& answer) {
  const bool has_contact = answer.status == 200 && !field_of(answer.body, "contact").empty();
  json::object kept{{"present", has_contact}};
  if (has_contact) kept["expires"] = clean(field_of(answer.body, "expires"), 40);
  return json::serialize(kept);
}

std::string robots_url(const Page& page) {
  return origin_of(plugins::final_url(page)) + "/robots.txt";
}
std::string security_url(const Page& page) {
  return origin_of(plugins::final_url(page)) + "/.well-known/security.txt";
}

/// Empty as long as robots.txt, which may name it, has not been answered for.
std::string sitemap_url(const Page& page, std::span<const SideResult> known) {
  const auto* robots = find_side(known, robots_url(page));
  if (robots == nullptr || !robots->is_ok) return {};
  const auto kept = plugins::side_object(robots);
  const auto& own = plugins::final_url(page);
  if (const auto named = resolve_url(own, text_at(kept, "sitemap"));
      named && !text_at(kept, "sitemap").empty()) {
    return named->text;
  }
  return origin_of(own) + "/sitemap.xml";
}

std::vector<SideRequest> plan(const Page& page, const Asset&, std::span<const SideResult> known) {
  if (page.outcome != Outcome::ok || page.status >= 400) return {};
  std::vector<SideRequest> wanted{
      {.target = robots_url(page), .digest = kept_robots},
      {.target = security_url(page), .lifetime = kSeldom, .digest = kept_security}};
  if (auto url = sitemap_url(page, known); !url.empty()) {
    wanted.push_back({.target = std::move(url),
                      .lifetime = kSeldom,
                      .max_bytes = kMostSitemap,
                      .digest = kept_sitemap});
  }
  return wanted;
}

// State: "d" or "a" (all crawlers disallowed or not), then the hash of robots.txt.
std::string judge_robots(Report& report, const json::object& robots, std::string_view before) {
  const auto status = integer_at(robots, "status");
  report.facts["robots_status"] = status;
  if (status >= 500) return std::string{before};  // RFC 9309 §2.3.1.4: it is not known
  const auto sha256 = text_at(robots, "sha256");
  const bool is_closed = flag_at(robots, "disallow_all");
  if (!sha256.empty()) {
    report.facts["robots_sha256"] = sha256;
    report.facts["disallow_all"] = is_closed;
  }
  auto now = (is_closed ? "d" : "a") + std::string{sha256};
  if (before.empty() || before == now) return now;
  if (is_closed && before.front() == 'a') {
    add_finding(report, {.severity = Severity::warn,
                         .code = "disallow_all",
                         .message = "robots.txt keeps all crawlers out of the whole site; at the "
                                    "check before it did not",
                         .expected = "crawlers are let in",
                         .seen = "Disallow: /",
                         .evidence = {}});
  } else {
    add_finding(report, {.severity = Severity::info,
                         .code = "robots_changed",
                         .message = "robots.txt is another than at the check before",
                         .expected = clean(before.substr(1)),
                         .seen = std::string{sha256},
                         .evidence = {}});
  }
  return now;
}

void tell_sitemap(Report& report, const std::string& url, const json::object& sitemap) {
  report.facts["sitemap"] = clean(url);
  report.facts["sitemap_status"] = integer_at(sitemap, "status");
  if (sitemap.contains("entries")) {
    plugins::add_metric(report, kMetrics[0], static_cast<double>(integer_at(sitemap, "entries")));
  }
  if (const auto newest = text_at(sitemap, "newest_lastmod"); !newest.empty()) {
    report.facts["newest_lastmod"] = newest;
  }
}

/// `Expires` is a date of RFC 3339 (RFC 9116 §2.5.5).
void tell_security(Report& report, const json::object& kept, StoreTime now) {
  const bool is_present = flag_at(kept, "present");
  json::object told{{"present", is_present}};
  if (is_present) {
    const std::string written{text_at(kept, "expires")};
    const auto expires = parse_rfc3339(written);
    const bool is_valid = expires && *expires > now;
    told["expires"] = written;
    told["valid"] = is_valid;
    if (!is_valid) {
      add_finding(report,
                  {.severity = Severity::info,
                   .code = "security_txt_expired",
                   .message = written.empty() ? "security.txt does not say when it expires"
                                              : "security.txt has expired, or its date is none",
                   .expected = "a date to come",
                   .seen = written.empty() ? "no Expires" : written,
                   .evidence = {}});
    }
  }
  report.facts["security_txt"] = std::move(told);
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_content(input); !why.empty()) {
    return plugins::skipped(input, why);
  }
  const auto* robots = find_side(input.sides, robots_url(input.page));
  const auto* security = find_side(input.sides, security_url(input.page));
  const auto sitemap_at = sitemap_url(input.page, input.sides);
  const auto* sitemap = find_side(input.sides, sitemap_at);
  const auto is_told = [](const SideResult* side) { return side != nullptr && side->is_ok; };
  if (!is_told(robots) && !is_told(security)) return plugins::skipped(input, "no_answer");
  PluginOutput output;
  output.next_state = input.state;
  if (is_told(robots)) {
    output.next_state = judge_robots(output.report, plugins::side_object(robots), input.state);
  }
  if (is_told(sitemap)) tell_sitemap(output.report, sitemap_at, plugins::side_object(sitemap));
  if (is_told(security)) {
    tell_security(output.report, plugins::side_object(security), input.page.observed_at);
  }
  return output;
}

constexpr Plugin kPlugin{.name = "robots-sitemap",
                         .number = 22,
                         .version = 1,
                         .summary =
                             "What the site tells crawlers: robots.txt, its sitemap, "
                             "security.txt.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .plan = plan,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
