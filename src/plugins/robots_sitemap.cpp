// robots-sitemap: what the site tells crawlers and those who find a hole: robots.txt (RFC 9309),
// its sitemap (sitemaps.org), security.txt (RFC 9116).
#include <fmt/format.h>

#include <array>

#include "lib/core/reference.hpp"
#include "plugins/builder.hpp"
#include "plugins/robots_rules.hpp"
#include "plugins/sha256.hpp"
#include "plugins/side_fields.hpp"
#include "plugins/sitemap_reader.hpp"

namespace webmon {
namespace {

namespace json = boost::json;
using plugins::add_finding;
using plugins::clean;
using plugins::side_field;
using plugins::side_number;
using plugins::side_text;

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

/// Where the sitemap is, told by where robots.txt came from.
std::string sitemap_url(const Url& robots, const std::string& named) {
  const auto url = resolve_url(robots, named.empty() ? "/sitemap.xml" : named);
  return url ? url->text : origin_of(robots) + "/sitemap.xml";
}

std::string kept_robots(const Page& answer) {
  plugins::SideFields kept;
  kept.add("status", answer.status);
  const bool is_there = answer.status == 200;
  const auto rules = is_there ? plugins::RobotsReader{}.read(answer.body) : plugins::RobotsRules{};
  if (is_there && (rules.has_rules || answer.body.empty())) {
    kept.add("sha256", plugins::hex(plugins::raw(plugins::sha256(answer.body))));
    if (rules.disallow_all) kept.add("disallow_all", 1);
  }
  return kept.add("sitemap", sitemap_url(answer.url, rules.sitemap)).take();
}

std::string kept_sitemap(const Page& answer) {
  plugins::SideFields kept;
  kept.add("status", answer.status);
  const auto sitemap =
      answer.status == 200 ? plugins::SitemapReader{}.read(answer.body) : plugins::Sitemap{};
  if (sitemap.is_sitemap) {
    kept.add("newest_lastmod", sitemap.newest_lastmod);
    if (answer.outcome == Outcome::ok) kept.add("entries", sitemap.entries);
  }
  return kept.take();
}

/// The value of the first field of that name; a page of HTML has none.
std::string_view field_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto colon = line.find(':');
    if (colon == line.npos || !equals_ignoring_case(line.substr(0, colon), name)) continue;
    return plugins::trim(line.substr(colon + 1));
  }
  return {};
}

std::string kept_security(const Page& answer) {
  plugins::SideFields kept;
  if (answer.status == 200 && !field_of(answer.body, "contact").empty()) {
    kept.add("expires", field_of(answer.body, "expires").substr(0, 40));
  }
  return kept.take();
}

/// In this order; the sitemap when robots.txt, which may name it, has been answered for.
constexpr std::size_t kRobots = 0, kSecurity = 1, kSitemap = 2;

std::vector<SideRequest> plan(const Page& page, const Asset&, std::span<const SideResult> known) {
  if (page.outcome != Outcome::ok || page.status >= 400) return {};
  if (known.empty()) {
    const auto origin = origin_of(final_url(page));
    return {{.target = origin + "/robots.txt", .digest = kept_robots},
            {.target = origin + "/.well-known/security.txt",
             .lifetime = kSeldom,
             .digest = kept_security}};
  }
  if (known.size() > kSitemap || !known[kRobots].is_ok) return {};
  return {{.target = std::string{side_text(known[kRobots].answer, "sitemap")},
           .lifetime = kSeldom,
           .max_bytes = kMostSitemap,
           .digest = kept_sitemap}};
}

// State: "d" or "a" (all crawlers disallowed or not), then the hash of robots.txt.
std::string judge_robots(Report& report, std::string_view robots, std::string_view before) {
  const auto status = side_number(robots, "status");
  report.facts["robots_status"] = status;
  if (status >= 500) return std::string{before};  // RFC 9309 §2.3.1.4: it is not known
  const auto sha256 = side_text(robots, "sha256");
  const bool is_closed = side_field(robots, "disallow_all").has_value();
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

void tell_sitemap(Report& report, const SideResult& sitemap) {
  report.facts["sitemap"] = clean(sitemap.target);
  report.facts["sitemap_status"] = side_number(sitemap.answer, "status");
  if (side_field(sitemap.answer, "entries")) {
    plugins::add_metric(report, kMetrics[0],
                        static_cast<double>(side_number(sitemap.answer, "entries")));
  }
  if (const auto newest = side_text(sitemap.answer, "newest_lastmod"); !newest.empty()) {
    report.facts["newest_lastmod"] = newest;
  }
}

/// `Expires` is a date of RFC 3339 (RFC 9116 §2.5.5).
void tell_security(Report& report, std::string_view kept, StoreTime now) {
  const auto expires = side_field(kept, "expires");
  json::object told{{"present", expires.has_value()}};
  if (expires) {
    const auto date = parse_rfc3339(*expires);
    const bool is_valid = date && *date > now;
    told["expires"] = *expires;
    told["valid"] = is_valid;
    if (!is_valid) {
      add_finding(report,
                  {.severity = Severity::info,
                   .code = "security_txt_expired",
                   .message = expires->empty() ? "security.txt does not say when it expires"
                                               : "security.txt has expired, or its date is none",
                   .expected = "a date to come",
                   .seen = expires->empty() ? "no Expires" : std::string{*expires},
                   .evidence = {}});
    }
  }
  report.facts["security_txt"] = std::move(told);
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_content(input); !why.empty()) {
    return plugins::skipped(input, why);
  }
  const auto answer = [&](std::size_t which) -> const SideResult* {
    const bool is_told = which < input.sides.size() && input.sides[which].is_ok;
    return is_told ? &input.sides[which] : nullptr;
  };
  const auto *robots = answer(kRobots), *security = answer(kSecurity), *sitemap = answer(kSitemap);
  if (robots == nullptr && security == nullptr) return plugins::skipped(input, "no_answer");
  PluginOutput output;
  output.next_state = input.state;
  if (robots != nullptr) {
    output.next_state = judge_robots(output.report, robots->answer, input.state);
  }
  if (sitemap != nullptr) tell_sitemap(output.report, *sitemap);
  if (security != nullptr) {
    tell_security(output.report, security->answer, input.page.observed_at);
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
