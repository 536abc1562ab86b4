// signatures: what pages have in common that somebody broke into, by YARA rules: ours and the
// operator's (docs/signatures.md).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "lib/signatures/scanner.hpp"
#include "plugins/builder.hpp"
#include "plugins/signature_document.hpp"
#include "plugins/status_set.hpp"

namespace webmon {
namespace {

using plugins::clean;
using signatures::Hit;

constexpr int kCrit = 80;  // sums of weights of one family
constexpr int kWarn = 40;
constexpr std::size_t kMostTold = 12;

constexpr std::array kMetrics = {
    MetricSpec{"score", 1700, "count", false, 0, 0,
               "0 to 100: the weights of the rules that hold, those of the worst family"},
};
constexpr std::array kFacts = {
    FactSpec{"hits", ValueType::objects,
             "the 12 heaviest rules that hold: `id`, `family`, `where` (title, h1, hidden, body, "
             "form or script), `weight`, `excerpt`"},
    FactSpec{"gap", ValueType::text, "why not all rules had their say"},
};
constexpr std::array kOptions = {
    OptionSpec{"ignore", ValueType::texts, "[]",
               "names of rules that do not count for this asset, such as "
               "[\"spam_gambling_page\"]"},
};

struct Family {
  std::string_view name;
  std::string_view looks;  ///< for the finding
};
constexpr std::array kFamilies = {
    Family{"defacement", "the page looks defaced"},
    Family{"spam", "the page carries spam"},
    Family{"skimmer", "a script looks like a skimmer of card data"},
    Family{"phish", "the page looks like phishing"},
    Family{"webshell", "the page looks like a web shell"},
    Family{"miner", "a script mines crypto currency"},
    Family{"own_rule", "a rule of the operator's holds"},
};

constexpr ReasonSpec crit(std::string_view family, std::string_view help) {
  return {ReportState::crit, family, help};
}
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    ReasonSpec{ReportState::skipped, "not_text", "neither HTML nor another text"},
    ReasonSpec{ReportState::inconclusive, "scan_ended_early",
               "no rule holds, but not all had their say (`gap`)"},
    crit("defacement", "rules of defacement with weights of 80 or more together"),
    crit("spam", "the same of spam"),
    crit("skimmer", "the same of skimmers of card data"),
    crit("phish", "the same of phishing"),
    crit("webshell", "the same of web shells"),
    crit("miner", "the same of miners of crypto currency"),
    crit("own_rule", "the same of the operator's own rules, all other families together"),
    ReasonSpec{ReportState::warn, "defacement", "weights of 40 to 79 together"},
    ReasonSpec{ReportState::warn, "spam", "the same"},
    ReasonSpec{ReportState::warn, "skimmer", "the same"},
    ReasonSpec{ReportState::warn, "phish", "the same"},
    ReasonSpec{ReportState::warn, "webshell", "the same"},
    ReasonSpec{ReportState::warn, "miner", "the same"},
    ReasonSpec{ReportState::warn, "own_rule", "the same"},
    ReasonSpec{ReportState::ok, "weak_signature", "a family with weights of less than 40 together"},
};

const Family& family_of(const Hit& hit) {
  const auto found = std::ranges::find(kFamilies, hit.family, &Family::name);
  return found == kFamilies.end() ? kFamilies.back() : *found;
}

void drop_ignored(std::vector<Hit>& hits, const Asset& asset) {
  const auto* object = plugins::options_of(asset, "signatures");
  const auto* list = object == nullptr ? nullptr : object->if_contains("ignore");
  const auto* names = list == nullptr ? nullptr : list->if_array();
  if (names == nullptr) return;
  std::erase_if(hits, [&](const Hit& hit) {
    return std::ranges::any_of(*names, [&](const boost::json::value& one) {
      return one.is_string() && std::string_view{one.get_string()} == hit.rule;
    });
  });
}

boost::json::array told(const std::vector<Hit>& hits) {
  boost::json::array list;
  for (const Hit& hit : hits) {
    if (list.size() == kMostTold) break;
    list.push_back({{"id", clean(hit.rule, 128)},
                    {"family", clean(hit.family, 32)},
                    {"where", signatures::kPartNames[static_cast<std::size_t>(hit.where)]},
                    {"weight", hit.weight},
                    {"excerpt", clean(hit.excerpt, signatures::kMostExcerpt)}});
  }
  return list;
}

/// The hits of one family, the heaviest first.
void tell(Report& report, const Family& family, const std::vector<const Hit*>& hits, int sum) {
  const Severity severity = sum >= kCrit   ? Severity::crit
                            : sum >= kWarn ? Severity::warn
                                           : Severity::info;
  std::vector<std::string> ids;
  for (const Hit* hit : hits) ids.push_back(clean(hit->rule, 64));
  ids.resize(std::min<std::size_t>(ids.size(), 4));
  const Hit& heaviest = *hits.front();
  const std::string why = clean(heaviest.description, 200);
  plugins::add_finding(
      report, {.severity = severity,
               .code = severity == Severity::info ? "weak_signature" : std::string{family.name},
               .message = fmt::format("{}: {}", family.looks,
                                      why.empty() ? clean(heaviest.rule, 128) : why),
               .expected = "no rule holds",
               .seen = fmt::format("{}, weight {}", fmt::join(ids, ", "), sum),
               .evidence = clean(heaviest.excerpt, 300)});
}

int judge(Report& report, const std::vector<Hit>& hits) {
  int score = 0;
  for (const Family& family : kFamilies) {
    std::vector<const Hit*> own;
    int sum = 0;
    for (const Hit& hit : hits) {
      if (&family_of(hit) != &family) continue;
      own.push_back(&hit);
      sum = std::min(100, sum + hit.weight);
    }
    if (!own.empty()) tell(report, family, own, sum);
    score = std::max(score, sum);
  }
  return score;
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_content(input); !why.empty())
    return plugins::skipped(input, why);
  const auto document = plugins::signature_document(input.page);
  if (!document) return plugins::skipped(input, "not_text");
  auto found = signatures::scanner_of_this_thread().scan(*document);
  drop_ignored(found.hits, input.asset);
  std::ranges::stable_sort(found.hits, std::greater{}, &Hit::weight);
  PluginOutput output;
  Report& report = output.report;
  plugins::add_metric(report, kMetrics[0], judge(report, found.hits));
  if (!found.hits.empty()) report.facts["hits"] = told(found.hits);
  if (found.gap.empty()) return output;
  report.facts["gap"] = found.gap;
  if (report.state == ReportState::ok) {
    report.state = ReportState::inconclusive;
    report.reason = "scan_ended_early";
  }
  return output;
}

constexpr Plugin kPlugin{.name = "signatures",
                         .number = 17,
                         .version = 1,
                         .sees_ignored = true,
                         .summary = "What pages have in common that somebody broke into.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .options = kOptions,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
