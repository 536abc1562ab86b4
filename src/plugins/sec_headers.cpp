// sec-headers: the response headers that tell a browser to protect its user, and those that tell
// too much. What is missing is said once and for all; what got weaker is a warning.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "plugins/builder.hpp"
#include "plugins/header_list.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;
using plugins::joined;

constexpr std::array kMetrics = {
    MetricSpec{"score", 800, "count", true, 5, 0, "0 to 100, by the table of weights in its source",
               Excess::change},
};
constexpr std::array kFacts = {
    FactSpec{"hsts", ValueType::object,
             "Strict-Transport-Security: max_age_s, subdomains, preload; RFC 6797"},
    FactSpec{
        "csp", ValueType::object,
        "Content-Security-Policy: present, report_only, unsafe_inline, unsafe_eval, wildcards, "
        "frame_ancestors"},
    FactSpec{"xcto", ValueType::text, "X-Content-Type-Options"},
    FactSpec{"xfo", ValueType::text, "X-Frame-Options"},
    FactSpec{"referrer_policy", ValueType::text, "as sent"},
    FactSpec{"permissions_policy", ValueType::text, "as sent, the first 255 bytes"},
    FactSpec{"coop", ValueType::text, "Cross-Origin-Opener-Policy"},
    FactSpec{"coep", ValueType::text, "Cross-Origin-Embedder-Policy"},
    FactSpec{"corp", ValueType::text, "Cross-Origin-Resource-Policy"},
    FactSpec{"cache_control_sensitive", ValueType::boolean,
             "a page that sets cookies may be kept by shared caches"},
    FactSpec{"leaks", ValueType::object, "server, x_powered_by, via where they tell a version"},
    FactSpec{"missing", ValueType::texts, "protections that are not there, heaviest first"},
    FactSpec{"changed", ValueType::texts,
             "protections that have come or gone since the check before"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    ReasonSpec{ReportState::warn, "protection_lost",
               "a protection that the check before had is gone, or only reported"},
    ReasonSpec{ReportState::ok, "protection_missing",
               "some that weigh 10 or more are not there (OWASP Secure Headers Project)"},
    ReasonSpec{ReportState::ok, "version_leaked", "a header names a version of software"},
};

/// What is there, each with its weight in the score; the order is that of the bits of the state.
struct Protection {
  std::string_view name, advice;
  double weight;
};
constexpr std::array kProtections = {
    Protection{"hsts", "Strict-Transport-Security: max-age=31536000", 25},
    Protection{"csp", "a Content-Security-Policy that limits script-src", 25},
    Protection{"csp_without_unsafe", "script sources without 'unsafe-inline' and wildcards", 10},
    Protection{"frame_protection", "frame-ancestors in the Content-Security-Policy", 15},
    Protection{"nosniff", "X-Content-Type-Options: nosniff", 10},
    Protection{"referrer_policy", "Referrer-Policy: strict-origin-when-cross-origin", 5},
    Protection{"permissions_policy", "a Permissions-Policy", 5},
    Protection{"coop", "Cross-Origin-Opener-Policy: same-origin", 5},
};
constexpr double kWorthMentioning = 10;
constexpr double kEnoughHsts =
    15'552'000;  // 180 days, what scanners and preload lists ask at least

using Has = std::array<bool, kProtections.size()>;
enum Index : std::uint8_t {
  kHsts,
  kCsp,
  kStrict,
  kFrame,
  kNosniff,
  kReferrer,
  kPermissions,
  kCoop
};

bool look_at_hsts(const Page& page, boost::json::object& facts) {
  const auto text = joined(page.headers, "strict-transport-security");
  if (!text) return false;
  const auto list = plugins::directives(*text, ';');
  const auto* age = plugins::find_directive(list, "max-age");
  const double age_s = age == nullptr ? 0 : plugins::seconds_of(age->value).value_or(0);
  facts["hsts"] = {{"max_age_s", age_s},
                   {"subdomains", plugins::find_directive(list, "includesubdomains") != nullptr},
                   {"preload", plugins::find_directive(list, "preload") != nullptr}};
  return age_s >= kEnoughHsts;
}

/// Words of one directive of a policy, such as script-src; those of default-src where it is absent
/// (CSP 3, §6.1).
struct Policy {
  std::vector<std::vector<std::string_view>> directives;
  const std::vector<std::string_view>* find(std::string_view name) const {
    for (const auto& one : directives) {
      if (!one.empty() && one.front() == name) return &one;
    }
    return nullptr;
  }
};

Policy parse_policy(std::string_view text) {
  constexpr std::size_t kMost = 64;
  Policy policy;
  while (!text.empty() && policy.directives.size() < kMost) {
    const std::size_t end = std::min(text.find_first_of(";,"), text.size());
    std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::vector<std::string_view> words;
    while (!(one = plugins::trim(one)).empty() && words.size() < kMost) {
      const std::size_t stop = std::min(one.find_first_of(" \t"), one.size());
      words.push_back(one.substr(0, stop));
      one.remove_prefix(stop);
    }
    if (!words.empty()) policy.directives.push_back(std::move(words));
  }
  return policy;
}

bool has_word(const std::vector<std::string_view>* words, std::string_view word) {
  return words != nullptr && std::ranges::find(*words, word) != words->end();
}

/// A nonce or hash makes browsers ignore 'unsafe-inline' (CSP 3, §8.2).
bool allows_inline(const std::vector<std::string_view>* scripts) {
  if (!has_word(scripts, "'unsafe-inline'")) return false;
  return std::ranges::none_of(*scripts, [](std::string_view word) {
    return word.starts_with("'nonce-") || word.starts_with("'sha256-") ||
           word.starts_with("'sha384-") || word.starts_with("'sha512-");
  });
}

bool allows_anything(const std::vector<std::string_view>* scripts) {
  if (scripts == nullptr) return true;
  return std::ranges::any_of(*scripts, [](std::string_view word) {
    return word == "*" || word == "http:" || word == "https:" || word == "data:";
  });
}

void look_at_csp(const Page& page, boost::json::object& facts, Has& has) {
  const auto enforced = joined(page.headers, "content-security-policy");
  const bool is_reported =
      find_header(page.headers, "content-security-policy-report-only") != nullptr;
  if (!enforced && !is_reported) return;
  const std::string text = lower(enforced.value_or(""));
  const Policy policy = parse_policy(text);
  const auto* scripts = policy.find("script-src");
  if (scripts == nullptr) scripts = policy.find("default-src");
  const bool is_inline = allows_inline(scripts);
  const bool is_wild = allows_anything(scripts);
  const bool has_ancestors = policy.find("frame-ancestors") != nullptr;
  facts["csp"] = {{"present", enforced.has_value()},
                  {"report_only", is_reported},
                  {"unsafe_inline", is_inline},
                  {"unsafe_eval", has_word(scripts, "'unsafe-eval'")},
                  {"wildcards", scripts != nullptr && is_wild},
                  {"frame_ancestors", has_ancestors}};
  has[kCsp] = scripts != nullptr;
  has[kStrict] = scripts != nullptr && !is_inline && !is_wild;
  has[kFrame] = has_ancestors;
}

/// The header as a fact, if it was sent; in lower case for comparing.
std::string take(const Page& page, std::string_view header, std::string_view name,
                 boost::json::object& facts) {
  const auto text = joined(page.headers, header);
  if (!text) return {};
  facts[name] = clean(*text, 255);
  return lower(plugins::trim(*text));
}

Has look(const Page& page, boost::json::object& facts) {
  Has has{};
  has[kHsts] = look_at_hsts(page, facts);
  look_at_csp(page, facts, has);
  has[kNosniff] = take(page, "x-content-type-options", "xcto", facts) == "nosniff";
  const std::string frames = take(page, "x-frame-options", "xfo", facts);
  has[kFrame] = has[kFrame] || frames == "deny" || frames == "sameorigin";
  const std::string referrer = take(page, "referrer-policy", "referrer_policy", facts);
  has[kReferrer] = !referrer.empty() && referrer.find("unsafe-url") == std::string::npos;
  has[kPermissions] = !take(page, "permissions-policy", "permissions_policy", facts).empty();
  const std::string opener = take(page, "cross-origin-opener-policy", "coop", facts);
  has[kCoop] = opener.starts_with("same-origin");
  take(page, "cross-origin-embedder-policy", "coep", facts);
  take(page, "cross-origin-resource-policy", "corp", facts);
  return has;
}

void look_for_leaks(Report& report, const Page& page) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kTellers = {
      {{"server", "server"}, {"x-powered-by", "x_powered_by"}, {"via", "via"}}};
  boost::json::object leaks;
  for (const auto& [header, name] : kTellers) {
    const std::string* value = find_header(page.headers, header);
    if (value == nullptr || value->find_first_of("0123456789") == std::string::npos) continue;
    if (header != "via" || value->find('(') != std::string::npos) leaks[name] = clean(*value, 120);
  }
  if (leaks.empty()) return;
  add_finding(report, {.severity = Severity::info,
                       .code = "version_leaked",
                       .message = "the answer tells the version of software, which helps attackers "
                                  "to choose",
                       .expected = "names without versions",
                       .seen = clean(boost::json::serialize(leaks), 400),
                       .evidence = {}});
  report.facts["leaks"] = std::move(leaks);
}

/// A page that is one user's and that shared caches may keep (RFC 9111 §3.5, OWASP).
bool is_sensitive_and_cacheable(const Page& page) {
  if (find_header(page.headers, "set-cookie") == nullptr) return false;
  const auto list = plugins::directives(joined(page.headers, "cache-control").value_or(""), ',');
  for (const auto* safe : {"no-store", "private", "no-cache"}) {
    if (plugins::find_directive(list, safe) != nullptr) return false;
  }
  return true;
}

/// One finding for all, so that a site that sends none of them is not shouted at.
void tell_missing(Report& report, const Has& has, bool is_https) {
  boost::json::array missing;
  std::string heavy, advice;
  for (std::size_t i = 0; i < has.size(); ++i) {
    const Protection& one = kProtections.at(i);
    if (has.at(i) || (i == kHsts && !is_https)) continue;
    missing.emplace_back(one.name);
    if (one.weight < kWorthMentioning || (i == kStrict && !has[kCsp])) continue;
    heavy.append(heavy.empty() ? "" : ", ").append(one.name);
    advice.append(advice.empty() ? "" : "; ").append(one.advice);
  }
  report.facts["missing"] = std::move(missing);
  if (heavy.empty()) return;
  add_finding(report, {.severity = Severity::info,
                       .code = "protection_missing",
                       .message = fmt::format("browsers are not told to protect: {}", heavy),
                       .expected = std::move(advice),
                       .seen = {},
                       .evidence = {}});
}

/// State: one character for each protection, '1' or '0'.
std::string compare(Report& report, const Has& has, std::string_view before) {
  std::string now;
  boost::json::array changed;
  for (std::size_t i = 0; i < has.size(); ++i) {
    now.push_back(has.at(i) ? '1' : '0');
    if (before.size() != has.size() || before[i] == now.back()) continue;
    changed.emplace_back(kProtections.at(i).name);
    if (has.at(i)) continue;
    add_finding(report, {.severity = Severity::warn,
                         .code = "protection_lost",
                         .message = fmt::format("the answer no longer has {}, which the check "
                                                "before had",
                                                kProtections.at(i).name),
                         .expected = std::string{kProtections.at(i).advice},
                         .seen = "not sent, or weaker",
                         .evidence = {}});
  }
  if (!changed.empty()) report.facts["changed"] = std::move(changed);
  return now;
}

double score_of(const Has& has, bool is_https) {
  double score = 0, whole = 0;
  for (std::size_t i = 0; i < has.size(); ++i) {
    if (i == kHsts && !is_https) continue;
    whole += kProtections.at(i).weight;
    if (has.at(i)) score += kProtections.at(i).weight;
  }
  return 100 * score / whole;
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_content(input); !why.empty()) {
    return plugins::skipped(input, why);
  }
  const Page& page = input.page;
  const bool is_https = page.hops.empty() ? page.url.is_https : page.hops.back().url.is_https;
  PluginOutput output;
  Report& report = output.report;
  Has has = look(page, report.facts);
  has[kHsts] = has[kHsts] && is_https;  // browsers ignore it over HTTP (RFC 6797 §8.1)
  add_metric(report, kMetrics[0], score_of(has, is_https));
  output.next_state = compare(report, has, input.state);
  tell_missing(report, has, is_https);
  look_for_leaks(report, page);
  if (is_sensitive_and_cacheable(page)) report.facts["cache_control_sensitive"] = true;
  return output;
}

constexpr Plugin kPlugin{
    .name = "sec-headers",
    .number = 8,
    .version = 1,
    .summary = "Which headers tell browsers to protect their users, and whether any got weaker.",
    .metrics = kMetrics,
    .facts = kFacts,
    .reasons = kReasons,
    .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
