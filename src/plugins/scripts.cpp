// scripts: who may run code in the page: an inventory as PCI DSS 6.4.3 asks for, and what is new in
// it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "plugins/builder.hpp"
#include "plugins/origins.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"inline_count", 1200, "count", true, 1, 0.1, "scripts within the page",
               Excess::change},
    MetricSpec{"third_party_count", 1201, "count", true, 0.15, 0, "scripts of foreign hosts",
               Excess::injection},
    MetricSpec{"sri_missing", 1202, "count", false, 0, 0,
               "scripts of foreign hosts without an integrity attribute"},
    MetricSpec{"sri_bad", 1203, "count", false, 0, 0,
               "integrity attributes that no browser understands, so that they protect nothing"},
    MetricSpec{"inline_hashes_new", 1204, "count", false, 0, 0,
               "inline scripts that no check before had, byte for byte"},
    MetricSpec{"obfuscation_score", 1205, "count", true, 10, 0,
               "0 to 100, of the inline script that looks most like hiding something",
               Excess::change},
    MetricSpec{"external_count", 1206, "count", false, 0, 0,
               "scripts with src; html-stats judges them"},
};
constexpr std::array kFacts = {
    FactSpec{"origins", ValueType::texts, "foreign origins of scripts, the first 20 of 40"},
    FactSpec{"new_origins", ValueType::texts, "those that no check before had"},
    FactSpec{"miner_or_skimmer_hits", ValueType::texts, "what looks like one, the first 8"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    plugins::kNotHtml,
    ReasonSpec{ReportState::crit, "miner", "a script of a known miner of crypto currency"},
    ReasonSpec{ReportState::crit, "skimmer",
               "an inline script that reads card fields, hides its words and sends data away"},
    ReasonSpec{ReportState::warn, "new_script_origin",
               "scripts come from an origin that no check before had, after 20 checks"},
    ReasonSpec{ReportState::ok, "new_script_origin", "the same within the first 20 checks"},
    ReasonSpec{
        ReportState::warn, "sri_bad",
        "an integrity attribute that no browser understands (W3C Subresource Integrity §3.2)"},
};

constexpr std::size_t kShare = 40;         // names of each of the two sets in the state
constexpr std::size_t kMostScripts = 200;  // inline ones whose hashes and text are looked at
constexpr std::size_t kMostHits = 8;

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}
template <std::size_t N>
bool contains_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return contains(text, word); });
}

// ---- integrity

/// One of its hashes has a known name and the length of that hash in base64.
bool is_understood(std::string_view integrity) {
  struct Kind {
    std::string_view prefix;
    std::size_t length;
  };
  constexpr std::array kKinds = {Kind{"sha256-", 44}, Kind{"sha384-", 64}, Kind{"sha512-", 88}};
  while (!(integrity = plugins::trim(integrity)).empty()) {
    const std::size_t end = std::min(integrity.find_first_of(" \t\n\r"), integrity.size());
    std::string_view one = integrity.substr(0, end);
    integrity.remove_prefix(end);
    one = one.substr(0, one.find('?'));
    for (const Kind& kind : kKinds) {
      if (one.starts_with(kind.prefix) && one.size() == kind.prefix.size() + kind.length)
        return true;
    }
  }
  return false;
}

// ---- what inline scripts look like

std::size_t count(std::string_view text, std::string_view word, std::size_t most) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != text.npos && found < most;
       at = text.find(word, at + word.size())) {
    ++found;
  }
  return found;
}

/// Weights of what hides the meaning of code. Minifiers do none of it, packers most.
double obfuscation(std::string_view text) {
  constexpr std::size_t kMany = 20;
  double score = 0;
  if (contains(text, "eval(")) score += 20;
  if (contains(text, "fromCharCode")) score += 20;
  if (contains(text, "unescape(")) score += 15;
  if (contains(text, "atob(")) score += 10;
  if (count(text, "\\x", kMany) == kMany) score += 25;
  if (count(text, "_0x", kMany) == kMany) score += 25;
  if (contains(text, "p,a,c,k,e,d")) score += 20;
  return std::min(score, 100.0);
}

constexpr std::array<std::string_view, 8> kMiners = {
    "coinhive.min.js", "coin-hive.com/lib", "CoinHive.Anonymous", "webminepool.com/lib",
    "cryptoloot.pro",  "CRLT.Anonymous",    "coinimp.com",        "deepMiner.Anonymous"};

/// Code of a check-out page reads card fields, too; it does not hide the words it does it with.
bool is_like_a_skimmer(std::string_view text) {
  constexpr std::array<std::string_view, 7> kCards = {
      "cc_number", "cardnumber", "card_number", "cc-number", "cvv", "cvc", "cardNumber"};
  constexpr std::array<std::string_view, 5> kWays = {"new Image", "XMLHttpRequest", "fetch(",
                                                     "sendBeacon", "WebSocket("};
  constexpr std::array<std::string_view, 4> kHiding = {"atob(", "fromCharCode", "_0x", "\\x68"};
  return contains_any(text, kCards) && contains_any(text, kWays) && contains_any(text, kHiding);
}

// ---- the report

void add_hit(Report& report, std::vector<std::string>& hits, std::string_view code,
             std::string_view what, std::string_view evidence) {
  if (hits.size() == kMostHits) return;
  hits.push_back(fmt::format("{}: {}", code, clean(evidence, 120)));
  add_finding(report, {.severity = Severity::crit,
                       .code = std::string{code},
                       .message = fmt::format("a script looks like {}", what),
                       .expected = "none",
                       .seen = std::string{what},
                       .evidence = clean(evidence, 300)});
}

struct Inventory {
  int inlines = 0, third_party = 0, unprotected = 0, bad_integrity = 0, fresh = 0;
  double obfuscation = 0;
};

void look_at_external(const Script& script, plugins::Origins& origins, Inventory& inventory) {
  const bool has_integrity = !plugins::trim(script.integrity).empty();
  if (has_integrity && !is_understood(script.integrity)) ++inventory.bad_integrity;
  if (!origins.add(read_reference(script.src))) return;
  ++inventory.third_party;
  if (!has_integrity) ++inventory.unprotected;
}

void look_at_inline(const Script& script, plugins::KnownSet& known, Inventory& inventory) {
  if (++inventory.inlines > static_cast<int>(kMostScripts)) return;
  if (known.add(fmt::format("{:x}", script.text_hash))) ++inventory.fresh;
  inventory.obfuscation = std::max(inventory.obfuscation, obfuscation(script.text));
}

void look_for_hits(Report& report, const std::vector<Script>& scripts) {
  std::vector<std::string> hits;
  for (const Script& script : scripts) {
    const std::string_view text = script.src.empty() ? script.text : script.src;
    const auto miner =
        std::ranges::find_if(kMiners, [&](std::string_view word) { return contains(text, word); });
    if (miner != kMiners.end())
      add_hit(report, hits, "miner", "a miner of crypto currency", *miner);
    if (script.src.empty() && is_like_a_skimmer(text)) {
      add_hit(report, hits, "skimmer", "a skimmer of card data", text.substr(0, 300));
    }
  }
  if (!hits.empty()) report.facts["miner_or_skimmer_hits"] = plugins::bounded_list(hits);
}

void tell_new(Report& report, const std::vector<std::string>& fresh, bool is_settled) {
  if (fresh.empty()) return;
  report.facts["new_origins"] = plugins::bounded_list(fresh);
  add_finding(report, {.severity = is_settled ? Severity::warn : Severity::info,
                       .code = "new_script_origin",
                       .message = fmt::format("scripts come from {}, which no check before had",
                                              plugins::in_words(fresh)),
                       .expected = "origins seen before",
                       .seen = clean(fresh.front(), 255),
                       .evidence = {}});
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_html(input); !why.empty()) return plugins::skipped(input, why);
  const Page& page = input.page;
  const auto [origin_state, inline_state] = plugins::split_state(input.state);
  plugins::KnownSet known{origin_state, page.observed_at, kShare};
  plugins::KnownSet known_inline{inline_state, page.observed_at, kShare};
  plugins::Origins origins{page, known};
  Inventory inventory;
  for (const Script& script : page.features.scripts) {
    if (script.src.empty()) {
      look_at_inline(script, known_inline, inventory);
    } else {
      look_at_external(script, origins, inventory);
    }
  }
  PluginOutput output;
  Report& report = output.report;
  const std::array<double, kMetrics.size()> values = {
      static_cast<double>(inventory.inlines),
      static_cast<double>(inventory.third_party),
      static_cast<double>(inventory.unprotected),
      static_cast<double>(inventory.bad_integrity),
      static_cast<double>(inventory.fresh),
      inventory.obfuscation,
      static_cast<double>(page.features.external_scripts)};
  for (std::size_t i = 0; i < values.size(); ++i) add_metric(report, kMetrics[i], values[i]);
  if (!origins.all().empty()) report.facts["origins"] = plugins::bounded_list(origins.all());
  tell_new(report, origins.fresh(), known.is_settled());
  if (inventory.bad_integrity > 0) {
    add_finding(report, {.severity = Severity::warn,
                         .code = "sri_bad",
                         .message = "an integrity attribute is none that browsers understand, so "
                                    "the script runs whatever it is",
                         .expected = "sha256-, sha384- or sha512- and a whole hash in base64",
                         .seen = fmt::format("{} of them", inventory.bad_integrity),
                         .evidence = {}});
  }
  look_for_hits(report, page.features.scripts);
  output.next_state = plugins::joined_state(known.state(), known_inline.state());
  return output;
}

constexpr Plugin kPlugin{.name = "scripts",
                         .number = 12,
                         .version = 1,
                         .describes_content = true,
                         .summary = "Who may run code in the page, and who could not before.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
