// dns: what the name servers say of the asset's name.
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <optional>
#include <tuple>

#include "plugins/builder.hpp"
#include "plugins/known_set.hpp"
#include "plugins/origins.hpp"
#include "plugins/side_answer.hpp"

namespace webmon {
namespace {

namespace json = boost::json;
using plugins::add_finding;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"lookup_ms", 1100, "ms", true, 20, 0.5,
               "until the name servers had answered for both kinds of addresses; only when they "
               "were asked for this check",
               Excess::slow_part},
};
constexpr std::array kFacts = {
    FactSpec{"a", ValueType::texts, "IPv4 addresses, sorted, the first 20 (600 bytes)"},
    FactSpec{"aaaa", ValueType::texts, "IPv6 addresses, sorted, the first 20 (600 bytes)"},
    FactSpec{"cname_chain", ValueType::texts, "the aliases that the name leads over, in order"},
    FactSpec{"ns", ValueType::texts, "name servers of the zone, the first 20 (600 bytes)"},
    FactSpec{
        "mx", ValueType::texts,
        "preference and mail server, of the name or else of its zone, the first 20 (600 bytes)"},
    FactSpec{"soa_serial", ValueType::integer, "serial number of the zone"},
    FactSpec{"caa", ValueType::texts,
             "who may issue certificates (RFC 8659), of the name or else of its zone"},
    FactSpec{"txt_hash", ValueType::text, "SHA-256 of the name's TXT records, if it has any"},
    FactSpec{"ttl_min", ValueType::integer, "of the addresses and aliases", "s"},
    FactSpec{"rcode", ValueType::text,
             "code of the answer for addresses: NOERROR, NXDOMAIN, SERVFAIL ..."},
    FactSpec{"dnssec", ValueType::boolean,
             "the resolver vouches for the addresses (AD, RFC 4035); false too where it does not "
             "validate"},
    FactSpec{"set_changed", ValueType::boolean,
             "`ns`, `mx` or `caa` differ from the check before, or an address was never seen "
             "before; order does not count; null at the first check"},
    FactSpec{"dangling_cname_hint", ValueType::boolean,
             "the name is an alias of one that does not exist; null where the name servers fail"},
    FactSpec{"resolver_disagree", ValueType::boolean,
             "the first two configured name servers (`dns`) share no address; null where there "
             "are not two"},
};
constexpr std::array kReasons = {
    ReasonSpec{ReportState::skipped, "no_name",
               "the asset has an address, or a name without a dot"},
    ReasonSpec{ReportState::skipped, "no_answer", "no name server answered"},
    ReasonSpec{ReportState::warn, "dangling_cname",
               "the name is an alias of one that does not exist: whoever registers that serves "
               "this name"},
    ReasonSpec{ReportState::warn, "name_servers_changed",
               "the zone has other name servers than at the check before"},
    ReasonSpec{ReportState::warn, "mail_servers_changed",
               "mail goes to other servers than at the check before"},
    ReasonSpec{ReportState::warn, "caa_changed",
               "others may issue certificates than at the check before"},
    ReasonSpec{ReportState::ok, "new_address",
               "an address that was not seen before, after 20 checks; no warning, as many sites "
               "take turns"},
    ReasonSpec{ReportState::ok, "resolver_disagree",
               "two name servers give addresses that have nothing in common; no warning, as some "
               "sites answer by who asks"},
};

/// Sets whose change is a decision of the owner, and rare.
struct Watched {
  std::string_view name, code, what;
};
constexpr std::array kWatched = {
    Watched{"ns", "name_servers_changed", "the name servers of the zone"},
    Watched{"mx", "mail_servers_changed", "the mail servers"},
    Watched{"caa", "caa_changed", "who may issue certificates (CAA)"},
};
constexpr std::size_t kMostListed = 20, kMostBytes = 600;
constexpr std::size_t kHashBytes = 8;
constexpr std::size_t kKnownAddresses = 60;

std::string name_of(const Page& page) {
  std::string name = page.url.host;
  if (name.ends_with('.')) name.pop_back();
  return name;
}

bool is_name(std::string_view host) {
  const auto last = host.substr(host.rfind('.') + 1);
  const bool is_v4 = last.find_first_not_of("0123456789") == last.npos;
  return host.find('.') != host.npos && host.find(':') == host.npos && !is_v4;
}

std::vector<SideRequest> plan(const Page& page, const Asset&, std::span<const SideResult>) {
  auto name = name_of(page);
  if (!is_name(name)) return {};
  return {{.kind = SideRequest::Kind::dns, .target = std::move(name), .lifetime = seconds{300}}};
}

std::vector<std::string> texts_at(const json::object& kept, std::string_view name) {
  std::vector<std::string> texts;
  const auto* list = kept.if_contains(name);
  if (list == nullptr || !list->is_array()) return texts;
  for (const auto& one : list->get_array()) {
    if (one.is_string()) texts.emplace_back(one.get_string());
  }
  return texts;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all.append(all.empty() ? "" : ", ").append(text);
  return all;
}

/// Eight bytes; all zero: not known.
std::string hash_of_set(const std::vector<std::string>& texts) {
  const std::uint64_t hash = hash_of(joined(texts), 1) | 1U;
  std::string bytes(kHashBytes, '\0');
  std::memcpy(bytes.data(), &hash, kHashBytes);
  return bytes;
}

class Verdict {
 public:
  Verdict(const json::object& kept, const PluginInput& input, PluginOutput& output)
      : kept_{kept},
        report_{output.report},
        name_{name_of(input.page)},
        before_{plugins::split_state(input.state)},
        known_{before_.second, input.page.observed_at, kKnownAddresses} {
    judge_alias();
    // An error of the name servers says nothing of the sets.
    if (plugins::text_at(kept_, "rcode") != "NOERROR") {
      output.next_state = input.state;
      return;
    }
    is_first_ = before_.first.empty();
    auto sets = judge_sets();
    judge_addresses();
    report_.facts["set_changed"] = is_first_ ? json::value{} : json::value(is_changed_);
    output.next_state = plugins::joined_state(sets, known_.state());
  }

 private:
  void judge_alias() {
    const auto chain = texts_at(kept_, "cname_chain");
    const auto rcode = plugins::text_at(kept_, "rcode");
    const bool is_told = rcode == "NOERROR" || rcode == "NXDOMAIN";
    const bool is_dangling = rcode == "NXDOMAIN" && !chain.empty();
    report_.facts["dangling_cname_hint"] = is_told ? json::value(is_dangling) : json::value{};
    if (!is_dangling) return;
    add_finding(report_,
                {.severity = Severity::warn,
                 .code = "dangling_cname",
                 .message = fmt::format("{} is an alias of {}, which does not exist: whoever "
                                        "registers that serves this name",
                                        clean(name_), clean(chain.back())),
                 .expected = "an alias of a name that exists",
                 .seen = "NXDOMAIN",
                 .evidence = {}});
  }

  std::string judge_sets() {
    std::string sets;
    for (std::size_t i = 0; i < kWatched.size(); ++i) {
      const auto& watched = kWatched[i];
      auto before = std::string{
          before_.first.substr(std::min(i * kHashBytes, before_.first.size()), kHashBytes)};
      before.resize(kHashBytes, '\0');
      if (!kept_.contains(watched.name)) {  // not answered
        sets += before;
        continue;
      }
      const auto texts = texts_at(kept_, watched.name);
      const auto now = hash_of_set(texts);
      sets += now;
      if (before != now && before != std::string(kHashBytes, '\0')) tell_change(watched, texts);
    }
    return sets;
  }

  void tell_change(const Watched& watched, const std::vector<std::string>& texts) {
    is_changed_ = true;
    const auto seen = texts.empty() ? std::string{"none"} : clean(joined(texts), 255);
    add_finding(report_, {.severity = Severity::warn,
                          .code = std::string{watched.code},
                          .message = fmt::format("{} are not those of the check before: now {}",
                                                 watched.what, seen),
                          .expected = "the same as before",
                          .seen = seen,
                          .evidence = {}});
  }

  void judge_addresses() {
    std::vector<std::string> fresh;
    for (const char* kind : {"a", "aaaa"}) {
      for (auto& address : texts_at(kept_, kind)) {
        if (known_.add(address)) fresh.push_back(std::move(address));
      }
    }
    if (fresh.empty()) return;
    is_changed_ = true;
    if (!known_.is_settled()) return;
    add_finding(report_, {.severity = Severity::info,
                          .code = "new_address",
                          .message = fmt::format("{} has an address that was not seen before: {}",
                                                 clean(name_), plugins::in_words(fresh)),
                          .expected = "addresses seen before",
                          .seen = plugins::in_words(fresh),
                          .evidence = {}});
  }

  const json::object& kept_;
  Report& report_;
  std::string name_;
  std::pair<std::string_view, std::string_view> before_;
  plugins::KnownSet known_;
  bool is_first_ = true;
  bool is_changed_ = false;
};

void tell(Report& report, const json::object& kept) {
  for (const auto& fact : kFacts) {
    const auto* value = kept.if_contains(fact.name);
    if (value == nullptr) continue;
    if (fact.type == ValueType::texts) {
      report.facts[fact.name] =
          plugins::bounded_list(texts_at(kept, fact.name), kMostListed, kMostBytes);
    } else {
      report.facts[fact.name] = *value;
    }
  }
  if (!kept.contains("resolver_disagree")) report.facts["resolver_disagree"] = nullptr;
  if (plugins::flag_at(kept, "resolver_disagree")) {
    add_finding(report, {.severity = Severity::info,
                         .code = "resolver_disagree",
                         .message = "the first two name servers of the configuration give "
                                    "addresses that have nothing in common",
                         .expected = "an address in common",
                         .seen = "none",
                         .evidence = {}});
  }
}

PluginOutput run(const PluginInput& input) {
  const auto name = name_of(input.page);
  if (!is_name(name)) return plugins::skipped(input, "no_name");
  const auto* side = find_side(input.sides, name);
  const auto kept = plugins::side_object(side);
  if (kept.empty()) return plugins::skipped(input, "no_answer");
  PluginOutput output;
  tell(output.report, kept);
  Verdict{kept, input, output};
  const auto* lookup = kept.if_contains("lookup_ms");
  if (side->is_fresh && lookup != nullptr && lookup->is_double()) {
    plugins::add_metric(output.report, kMetrics[0], lookup->get_double());
  }
  return output;
}

constexpr Plugin kPlugin{.name = "dns",
                         .number = 11,
                         .version = 1,
                         .summary =
                             "What the name servers say of the name: addresses, aliases, "
                             "mail, who may issue certificates.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .plan = plan,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
