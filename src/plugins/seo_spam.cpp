// seo-spam: what was put into the page for search engines alone. Once a day the page is asked for
// as a crawler would; what only the crawler is shown is cloaked.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "lib/core/hashing.hpp"
#include "lib/core/reference.hpp"
#include "lib/html/extract.hpp"
#include "plugins/builder.hpp"
#include "plugins/side_fields.hpp"
#include "plugins/spam_terms.hpp"

namespace webmon {
namespace {

using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"spam_terms", 1800, "count", true, 1, 0.2,
               "words of pharmacy, gambling, copied brands, loans ... in title and visible text",
               Excess::change},
    MetricSpec{"cjk_ratio_jump", 1801, "ratio", true, 0.02, 0,
               "share of Chinese, Japanese and Korean letters, less that of the check before",
               Excess::change},
    MetricSpec{"hidden_text_bytes", 1802, "bytes", true, 50, 0.2, "visible to crawlers alone",
               Excess::change},
};
constexpr std::array kFacts = {
    FactSpec{"title_changed", ValueType::boolean, "whether the title is another than before"},
    FactSpec{"canonical_offsite", ValueType::boolean,
             "the canonical URL is of a host that is not the page's own"},
    FactSpec{"noindex", ValueType::boolean, "crawlers are asked not to list the page"},
    FactSpec{"bot_vs_user_similarity", ValueType::number,
             "of the text that a crawler is shown and this one, 0 to 1, by their simhashes; at the "
             "last comparison, one a day; null: the crawler got none"},
    FactSpec{"bot_only_links", ValueType::integer,
             "foreign hosts that only the crawler's page leads to, at that comparison"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    plugins::kNotHtml,
    ReasonSpec{ReportState::crit, "cloaked_spam",
               "a crawler is shown 3 spam terms or more that people are not shown, in another text "
               "or with other links"},
    ReasonSpec{ReportState::warn, "cloaked_links",
               "a crawler is shown another text (similarity below 0.75) that leads to 5 foreign "
               "hosts or more that people are not led to"},
};

constexpr std::string_view kCrawler =
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
constexpr seconds kDaily{24 * 3'600};
constexpr std::size_t kMaxText = 256U << 10U;
constexpr std::size_t kMostHosts = 200, kMostKept = 60;
constexpr double kAnotherText = 0.75;

std::uint32_t terms_of(const PageFeatures& features) {
  return plugins::count_spam_terms(features.title) +
         plugins::count_spam_terms(std::string_view{features.text}.substr(0, kMaxText));
}

/// Hashes of the foreign hosts that the page links to, sorted.
std::vector<std::uint32_t> hosts_of(const Page& page, const PageFeatures& features) {
  std::vector<std::uint32_t> hosts;
  for (const auto& link : features.links) {
    const auto reference = read_reference(link.href);
    if (reference.kind != Reference::Kind::web) continue;
    if (is_own_host(reference.host, final_url(page).host)) continue;
    const auto hash = hash_of(lower(reference.host.substr(0, 255)), 0);
    hosts.push_back(static_cast<std::uint32_t>(hash));
    if (hosts.size() == kMostHosts) break;
  }
  std::ranges::sort(hosts);
  hosts.erase(std::ranges::unique(hosts).begin(), hosts.end());
  return hosts;
}

/// Of what the crawler got: nothing if it was no page.
std::string digest(const Page& answer) {
  plugins::SideFields kept;
  if (answer.status != 200 || !is_html(answer)) return {};
  const auto* type = find_header(answer.headers, "content-type");
  PageFeatures features;
  extract_features(answer.body, type == nullptr ? std::string_view{} : *type, features);
  std::string hosts;
  for (const auto host : hosts_of(answer, features)) {
    if (hosts.size() >= 9 * kMostKept) break;
    hosts += fmt::format("{:08x} ", host);
  }
  return kept.add("simhash", static_cast<std::int64_t>(features.text_simhash))
      .add("terms", terms_of(features))
      .add("hosts", hosts)
      .take();
}

std::vector<SideRequest> plan(const Page& page, const Asset&, std::span<const SideResult> known) {
  if (!known.empty() || page.outcome != Outcome::ok || page.status >= 400) return {};
  if (!page.features.is_present) return {};
  return {{.target = final_url(page).text,
           .lifetime = kDaily,
           .user_agent = kCrawler,
           .digest = digest}};
}

/// What is known of earlier checks. Of one machine, so in its byte order.
struct State {
  std::uint64_t title = 0;  ///< hash; 0: there was no check before
  std::uint64_t text = 0;   ///< hash: what was read then need not be read again
  float cjk = 0;
  float similarity = -1;  ///< of the last comparison; below 0: there was none
  std::uint32_t bot_only = 0;
  std::uint32_t bot_terms = 0;  ///< more than people were shown
  std::uint32_t terms = 0;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(State) == 40, "no holes, whose bytes would be anything");

State read_state(std::string_view bytes) {
  State state;
  if (bytes.size() == sizeof state) std::memcpy(&state, bytes.data(), sizeof state);
  return state;
}

void compare(State& state, const PluginInput& input, std::uint32_t terms) {
  const auto& side = input.sides[0];
  const auto& features = input.page.features;
  state.similarity = -1;
  state.bot_only = state.bot_terms = 0;
  if (!plugins::side_field(side.answer, "simhash")) return;
  const auto theirs = static_cast<std::uint64_t>(plugins::side_number(side.answer, "simhash"));
  state.similarity = 1 - static_cast<float>(std::popcount(theirs ^ features.text_simhash)) / 64;
  const auto bot_terms = static_cast<std::uint32_t>(plugins::side_number(side.answer, "terms"));
  state.bot_terms = bot_terms > terms ? bot_terms - terms : 0;
  const auto ours = hosts_of(input.page, features);
  auto hosts = plugins::side_text(side.answer, "hosts");
  for (; hosts.size() >= 8; hosts.remove_prefix(std::min<std::size_t>(9, hosts.size()))) {
    std::uint32_t host = 0;
    std::from_chars(hosts.data(), hosts.data() + 8, host, 16);
    if (!std::ranges::binary_search(ours, host)) ++state.bot_only;
  }
}

void judge(Report& report, const State& state) {
  if (state.similarity < 0) return;
  const bool is_other = state.similarity < kAnotherText;
  const auto add = [&](Severity severity, const char* code, std::string message) {
    plugins::add_finding(report, {.severity = severity,
                                  .code = code,
                                  .message = std::move(message),
                                  .expected = "crawlers and people are shown the same",
                                  .seen = fmt::format("similarity {:.2f}", state.similarity),
                                  .evidence = {}});
  };
  if (state.bot_terms >= 3 && (is_other || state.bot_only >= 3)) {
    add(Severity::crit, "cloaked_spam",
        fmt::format("a crawler is shown {} spam terms that people are not shown, and links to {} "
                    "other hosts",
                    state.bot_terms, state.bot_only));
  } else if (is_other && state.bot_only >= 5) {
    add(Severity::warn, "cloaked_links",
        fmt::format("a crawler is shown another text, with links to {} hosts that people are not "
                    "led to",
                    state.bot_only));
  }
}

bool is_noindex(const Page& page) {
  const auto* header = find_header(page.headers, "x-robots-tag");
  const auto has = [](std::string_view text) {
    return lower(text).find("noindex") != std::string::npos;
  };
  return has(page.features.meta("robots")) || (header != nullptr && has(*header));
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_html(input); !why.empty()) return plugins::skipped(input, why);
  const auto& features = input.page.features;
  PluginOutput output;
  Report& report = output.report;
  State state = read_state(input.state);
  const auto text = std::string_view{features.text}.substr(0, kMaxText);
  const auto title = hash_of(features.title, 1) | 1U;
  const auto hash = hash_of(text, title);
  const bool is_first = state.title == 0;
  const bool is_same = !is_first && hash == state.text;
  const auto terms = is_same ? state.terms : terms_of(features);
  const auto cjk = is_same ? state.cjk : static_cast<float>(plugins::cjk_ratio(text));
  add_metric(report, kMetrics[0], terms);
  add_metric(report, kMetrics[1], is_first ? 0 : std::abs(cjk - state.cjk));
  add_metric(report, kMetrics[2], static_cast<double>(features.hidden_text_bytes));
  report.facts["title_changed"] = !is_first && title != state.title;
  report.facts["canonical_offsite"] =
      !features.canonical.empty() && is_foreign(read_reference(features.canonical), input.page);
  report.facts["noindex"] = is_noindex(input.page);
  state.title = title;
  state.text = hash;
  state.cjk = cjk;
  state.terms = terms;
  const bool is_news =
      !input.sides.empty() && input.sides[0].is_ok && (input.sides[0].is_fresh || is_first);
  if (is_news) compare(state, input, terms);
  judge(report, state);
  if (state.similarity >= 0) {
    report.facts["bot_vs_user_similarity"] = std::round(state.similarity * 1'000) / 1'000;
    report.facts["bot_only_links"] = state.bot_only;
  } else {
    report.facts["bot_vs_user_similarity"] = nullptr;
  }
  output.next_state.assign(reinterpret_cast<const char*>(&state), sizeof state);
  return output;
}

constexpr Plugin kPlugin{.name = "seo-spam",
                         .number = 18,
                         .version = 1,
                         .sees_ignored = true,
                         .describes_content = true,
                         .summary = "What was put into the page for search engines alone.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .plan = plan,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
