// links: where the page leads, what of it is hidden, and to which sites it never led before.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <vector>

#include "plugins/builder.hpp"
#include "plugins/known_set.hpp"
#include "plugins/origins.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"internal", 1400, "count", true, 3, 0.1, "links to the page's own hosts",
               Excess::change},
    MetricSpec{"external", 1401, "count", true, 2, 0.1, "links to foreign hosts", Excess::change},
    MetricSpec{"hidden_links", 1402, "count", true, 0.3, 0.1,
               "links that are hidden or in something hidden", Excess::change},
    MetricSpec{"nofollow_ratio", 1403, "ratio", true, 0.05, 0.1,
               "of the external links, those with rel=nofollow, ugc or sponsored", Excess::change},
    MetricSpec{"mailto", 1404, "count", false, 0, 0, "links of the scheme mailto"},
    MetricSpec{"suspicious_tld", 1405, "count", false, 0, 0,
               "foreign hosts below a top-level domain that spam prefers"},
    MetricSpec{"punycode", 1406, "count", false, 0, 0,
               "foreign hosts with a label of xn--, which may look like another name"},
};
constexpr std::array kFacts = {
    FactSpec{"ext_domains", ValueType::texts, "foreign hosts, the first 20"},
    FactSpec{"ext_domain_count", ValueType::integer, "foreign hosts in all, at most 1,000"},
    FactSpec{"new_ext_domains", ValueType::texts,
             "those that no check before had; not told of pages with more than 80"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    plugins::kNotHtml,
    ReasonSpec{ReportState::warn, "hidden_external_link",
               "a hidden link to a foreign host that no check before had, after 20 checks: what "
               "spammers put into sites"},
    ReasonSpec{ReportState::ok, "new_external_domain", "a link to a host that no check before had"},
};

constexpr std::size_t kMostHosts = 1000;

/// Of Spamhaus' and Interisle's yearly lists of domains used for spam and phishing by share.
constexpr std::array<std::string_view, 24> kSuspicious = {
    "tk",    "ml",      "ga",    "cf",     "gq",  "top",  "xyz",  "icu",
    "click", "loan",    "work",  "stream", "win", "bid",  "date", "review",
    "cam",   "monster", "quest", "sbs",    "cfd", "rest", "cyou", "buzz"};

struct Found {
  int internal = 0, external = 0, hidden = 0, nofollow = 0, mailto = 0;
  std::vector<std::string> hosts, hidden_hosts;  ///< foreign, in order, each once
};

/// One look at each link; hosts are made into texts once each.
class Collector {
 public:
  explicit Collector(const Page& page) : page_{page}, own_{final_url(page).host} {}

  void look(const Link& link) {
    const Reference reference = read_reference(link.href);
    found_.hidden += link.is_hidden ? 1 : 0;
    if (reference.kind == Reference::Kind::other) {
      if (equals_ignoring_case(reference.scheme, "mailto")) ++found_.mailto;
      return;
    }
    const bool is_relative = reference.kind == Reference::Kind::relative;
    const std::string_view host = is_relative ? std::string_view{base_} : reference.host;
    if (is_own_host(host, own_)) {
      ++found_.internal;
      return;
    }
    ++found_.external;
    for (const auto* rel : {"nofollow", "ugc", "sponsored"}) {
      if (link.rel.find(rel) == std::string_view::npos) continue;
      ++found_.nofollow;
      break;
    }
    note(host, link.is_hidden);
  }
  const Found& found() const noexcept { return found_; }

 private:
  void note(std::string_view host, bool is_hidden) {
    if (found_.hosts.size() == kMostHosts) return;
    std::string name = lower(host.substr(0, 255));
    if (is_hidden && found_.hidden_hosts.size() < plugins::KnownSet::kMost &&
        std::ranges::find(found_.hidden_hosts, name) == found_.hidden_hosts.end()) {
      found_.hidden_hosts.push_back(name);
    }
    if (seen_.insert(name).second) found_.hosts.push_back(std::move(name));
  }

  const Page& page_;
  std::string_view own_;
  std::string base_ = base_host(page_);
  std::unordered_set<std::string> seen_;
  Found found_;
};

int count_suspicious(const std::vector<std::string>& hosts) {
  return static_cast<int>(std::ranges::count_if(hosts, [](const std::string& host) {
    const std::string_view tld = std::string_view{host}.substr(host.rfind('.') + 1);
    return std::ranges::find(kSuspicious, tld) != kSuspicious.end();
  }));
}

int count_punycode(const std::vector<std::string>& hosts) {
  return static_cast<int>(std::ranges::count_if(hosts, [](const std::string& host) {
    return host.starts_with("xn--") || host.find(".xn--") != std::string::npos;
  }));
}

void tell_new(Report& report, const Found& found, const std::vector<std::string>& fresh,
              bool is_settled) {
  if (fresh.empty()) return;
  report.facts["new_ext_domains"] = plugins::bounded_list(fresh);
  std::vector<std::string> hidden;
  for (const std::string& host : fresh) {
    if (std::ranges::find(found.hidden_hosts, host) != found.hidden_hosts.end())
      hidden.push_back(host);
  }
  const bool is_grave = is_settled && !hidden.empty();
  const auto& told = is_grave ? hidden : fresh;
  add_finding(report, {.severity = is_grave ? Severity::warn : Severity::info,
                       .code = is_grave ? "hidden_external_link" : "new_external_domain",
                       .message = fmt::format("{} to {}, to which no check before had one",
                                              is_grave ? "a hidden link leads" : "a link leads",
                                              plugins::in_words(told)),
                       .expected = "hosts seen before",
                       .seen = clean(told.front(), 255),
                       .evidence = {}});
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_html(input); !why.empty()) return plugins::skipped(input, why);
  const Page& page = input.page;
  Collector collector{page};
  for (const Link& link : page.features.links) collector.look(link);
  const Found& found = collector.found();
  PluginOutput output;
  Report& report = output.report;
  add_metric(report, kMetrics[0], found.internal);
  add_metric(report, kMetrics[1], found.external);
  add_metric(report, kMetrics[2], found.hidden);
  if (found.external > 0) {
    add_metric(report, kMetrics[3], static_cast<double>(found.nofollow) / found.external);
  }
  add_metric(report, kMetrics[4], found.mailto);
  add_metric(report, kMetrics[5], count_suspicious(found.hosts));
  add_metric(report, kMetrics[6], count_punycode(found.hosts));
  plugins::KnownSet known{input.state, page.observed_at};
  const bool fits = found.hosts.size() <= plugins::KnownSet::kMost;
  std::vector<std::string> fresh;
  for (std::size_t i = 0; i < std::min(found.hosts.size(), plugins::KnownSet::kMost); ++i) {
    if (known.add(found.hosts[i]) && fits) fresh.push_back(found.hosts[i]);
  }
  if (!found.hosts.empty()) {
    report.facts["ext_domains"] = plugins::bounded_list(found.hosts);
    report.facts["ext_domain_count"] = found.hosts.size();
  }
  tell_new(report, found, fresh, known.is_settled());
  output.next_state = known.state();
  return output;
}

constexpr Plugin kPlugin{.name = "links",
                         .number = 14,
                         .version = 1,
                         .describes_content = true,
                         .summary = "Where the page leads, what is hidden, and what is new.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
