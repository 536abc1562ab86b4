// domain-expiry: how long the domain is registered for, as its registry says by RDAP (RFC 9082).
#include <fmt/format.h>

#include <array>
#include <cstring>

#include "lib/core/hashing.hpp"
#include "lib/core/registrable_domain.hpp"
#include "plugins/builder.hpp"
#include "plugins/origins.hpp"
#include "plugins/rdap.hpp"
#include "plugins/side_answer.hpp"

namespace webmon {
namespace {

namespace json = boost::json;
using plugins::add_finding;
using plugins::clean;
using plugins::text_at;

constexpr std::string_view kBootstrap = "https://data.iana.org/rdap/dns.json";
constexpr std::size_t kMostBootstrap = 2U << 20U;
constexpr seconds kDaily{24 * 3'600};

constexpr std::array kMetrics = {
    MetricSpec{"days_left", 2600, "days", false, 0, 0,
               "until the registration ends; negative after"},
};
constexpr std::array kFacts = {
    FactSpec{"registrar", ValueType::text, "who registered it for its owner"},
    FactSpec{"created", ValueType::text, "when it was registered, as written"},
    FactSpec{"expires", ValueType::text,
             "when the registration ends, as written; some registries do not say"},
    FactSpec{"status", ValueType::texts, "in RDAP's words (RFC 8056), the first 20"},
    FactSpec{"ns_changed", ValueType::boolean,
             "the registry has other name servers than at the check before; null at the first"},
    FactSpec{"rdap_source", ValueType::text, "URL that was asked, at most once a day"},
};
constexpr std::array kReasons = {
    ReasonSpec{ReportState::skipped, "no_domain",
               "an address, a public suffix, or a name below none that is known"},
    ReasonSpec{ReportState::skipped, "no_rdap", "the registry has no RDAP server in IANA's list"},
    ReasonSpec{ReportState::skipped, "no_answer",
               "IANA or the registry's server does not answer, or not with a domain"},
    ReasonSpec{ReportState::skipped, "not_registered",
               "the registry does not know the domain, and did not before"},
    ReasonSpec{ReportState::warn, "registration_gone",
               "the registry does not know the domain, which it did before"},
    ReasonSpec{ReportState::warn, "domain_expires_soon", "fewer than `warn_days` left"},
    ReasonSpec{ReportState::crit, "domain_expires_soon", "fewer than `crit_days` left"},
    ReasonSpec{ReportState::crit, "domain_expired", "the registration has ended"},
    ReasonSpec{ReportState::crit, "domain_held",
               "status server hold, client hold, redemption period or pending delete: the domain "
               "is, or is about to be, out of the DNS"},
    ReasonSpec{ReportState::warn, "domain_moves",
               "status pending transfer: another registrar takes it over"},
    ReasonSpec{ReportState::warn, "name_servers_changed",
               "the registry has other name servers than at the check before"},
};
constexpr std::array kOptions = {
    OptionSpec{"bootstrap", ValueType::text, "https://data.iana.org/rdap/dns.json",
               "URL of the list of RDAP servers, in the format of RFC 9224"},
    OptionSpec{"warn_days", ValueType::number, "30", "fewer days left are a warning"},
    OptionSpec{"crit_days", ValueType::number, "7", "fewer days left are critical"},
};

json::object options_of(const Asset& asset) {
  const auto* own = asset.plugins.if_contains("domain-expiry");
  return own != nullptr && own->is_object() ? own->get_object() : json::object{};
}

double days_option(const json::object& options, std::string_view name, double preset) {
  const auto* value = options.if_contains(name);
  if (value == nullptr || !value->is_number()) return preset;
  return value->to_number<double>();
}

std::string bootstrap_of(const Asset& asset) {
  const auto options = options_of(asset);
  const auto own = text_at(options, "bootstrap");
  return std::string{own.empty() ? kBootstrap : own};
}

std::string_view domain_of(const Page& page) {
  std::string_view host = page.url.host;
  if (host.ends_with('.')) host.remove_suffix(1);
  return registrable_domain(host);
}

/// Empty as long as the list is not there, or if the registry has no server.
std::string query_url(const Page& page, const Asset& asset, std::span<const SideResult> known) {
  const auto* list = find_side(known, bootstrap_of(asset));
  if (list == nullptr || !list->is_ok) return {};
  const auto base = plugins::base_for(domain_of(page), list->answer);
  return base.empty() ? std::string{} : fmt::format("{}domain/{}", base, domain_of(page));
}

std::vector<SideRequest> plan(const Page& page, const Asset& asset,
                              std::span<const SideResult> known) {
  if (domain_of(page).empty()) return {};
  std::vector<SideRequest> wanted{{.target = bootstrap_of(asset),
                                   .lifetime = kDaily,
                                   .max_bytes = kMostBootstrap,
                                   .digest = plugins::kept_bootstrap}};
  if (auto url = query_url(page, asset, known); !url.empty()) {
    wanted.push_back(
        {.target = std::move(url), .lifetime = kDaily, .digest = plugins::kept_domain});
  }
  return wanted;
}

void judge_days(Report& report, const PluginInput& input, const json::object& kept) {
  const auto expires = plugins::rfc3339_date(text_at(kept, "expires"));
  if (!expires) return;
  const std::chrono::duration<double, std::ratio<86'400>> left = *expires - input.page.observed_at;
  const double days = left.count();
  plugins::add_metric(report, kMetrics[0], days);
  const auto options = options_of(input.asset);
  const double warn_days = days_option(options, "warn_days", 30);
  const double crit_days = days_option(options, "crit_days", 7);
  if (days >= 0 && days >= warn_days && days >= crit_days) return;
  add_finding(report,
              {.severity = days < 0 || days < crit_days ? Severity::crit : Severity::warn,
               .code = days < 0 ? "domain_expired" : "domain_expires_soon",
               .message = days < 0 ? fmt::format("the registration of {} ended {:.1f} days ago",
                                                 domain_of(input.page), -days)
                                   : fmt::format("the registration of {} ends in {:.1f} days",
                                                 domain_of(input.page), days),
               .expected = fmt::format("at least {:g} days", std::max(warn_days, crit_days)),
               .seen = fmt::format("{:.1f} days", days),
               .evidence = {}});
}

/// EPP's spelling and RDAP's alike: "serverHold", "server hold".
std::string word_of(std::string_view status) {
  auto word = lower(status);
  std::erase(word, ' ');
  return word;
}

void judge_status(Report& report, const PluginInput& input, const json::array& all) {
  constexpr std::array<std::string_view, 4> kHeld = {"serverhold", "clienthold", "redemptionperiod",
                                                     "pendingdelete"};
  for (const auto& one : all) {
    const std::string status{one.is_string() ? std::string_view{one.get_string()} : ""};
    const auto word = word_of(status);
    const bool is_held = std::ranges::find(kHeld, word) != kHeld.end();
    if (!is_held && word != "pendingtransfer") continue;
    add_finding(report, {.severity = is_held ? Severity::crit : Severity::warn,
                         .code = is_held ? "domain_held" : "domain_moves",
                         .message = fmt::format("the registry says of {}: {}",
                                                domain_of(input.page), status),
                         .expected = "a registration in force",
                         .seen = status,
                         .evidence = {}});
  }
}

// State: 8 bytes, a hash of the name servers at the registry.
std::string judge_servers(Report& report, const PluginInput& input, const json::array& all) {
  const auto servers = plugins::rdap::texts_of(all);
  const auto hash = hash_of(json::serialize(all), 1);
  std::string now(sizeof hash, '\0');
  std::memcpy(now.data(), &hash, sizeof hash);
  const bool is_first = input.state.empty();
  const bool is_changed = !is_first && input.state != now;
  report.facts["ns_changed"] = is_first ? json::value{} : json::value(is_changed);
  if (is_changed) {
    const auto seen = servers.empty() ? std::string{"none"} : plugins::in_words(servers);
    add_finding(report, {.severity = Severity::warn,
                         .code = "name_servers_changed",
                         .message = fmt::format("the registry has other name servers of {} than "
                                                "at the check before: {}",
                                                domain_of(input.page), seen),
                         .expected = "the same as before",
                         .seen = seen,
                         .evidence = {}});
  }
  return now;
}

PluginOutput not_registered(const PluginInput& input) {
  if (input.state.empty()) return plugins::skipped(input, "not_registered");
  PluginOutput output;
  output.next_state = input.state;
  add_finding(output.report,
              {.severity = Severity::warn,
               .code = "registration_gone",
               .message = fmt::format("the registry does not know {}, which it did before",
                                      domain_of(input.page)),
               .expected = "a registration",
               .seen = "404",
               .evidence = {}});
  return output;
}

PluginOutput run(const PluginInput& input) {
  if (domain_of(input.page).empty()) return plugins::skipped(input, "no_domain");
  const auto* list = find_side(input.sides, bootstrap_of(input.asset));
  if (list == nullptr || !list->is_ok || list->answer.empty()) {
    return plugins::skipped(input, "no_answer");
  }
  const auto source = query_url(input.page, input.asset, input.sides);
  if (source.empty()) return plugins::skipped(input, "no_rdap");
  const auto kept = plugins::side_object(find_side(input.sides, source));
  if (plugins::integer_at(kept, "http") == 404) return not_registered(input);
  if (!kept.contains("status")) return plugins::skipped(input, "no_answer");
  PluginOutput output;
  Report& report = output.report;
  report.facts["rdap_source"] = clean(source);
  for (const char* name : {"registrar", "created", "expires"}) {
    if (const auto text = text_at(kept, name); !text.empty()) report.facts[name] = clean(text);
  }
  const auto status = plugins::rdap::array_at(kept, "status");
  report.facts["status"] = status;
  judge_days(report, input, kept);
  judge_status(report, input, status);
  output.next_state = judge_servers(report, input, plugins::rdap::array_at(kept, "ns"));
  return output;
}

constexpr Plugin kPlugin{.name = "domain-expiry",
                         .number = 26,
                         .version = 1,
                         .summary =
                             "How long the domain is registered for, and what its registry "
                             "says of it, by RDAP.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .options = kOptions,
                         .plan = plan,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
