#include "pipeline/executor/check.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <utility>

#include "lib/change/explain.hpp"
#include "lib/html/extract.hpp"
#include "lib/html/ignore_filter.hpp"
#include "lib/stats/asset_state.hpp"
#include "lib/stats/model.hpp"
#include "lib/stats/observation.hpp"

namespace webmon::executor {
namespace {

constexpr std::size_t kMaxDetail = 200;

Report error_report(const Plugin& plugin, std::string_view reason, std::string_view detail = {}) {
  Report report;
  report.plugin = plugin.number;
  report.version = plugin.version;
  report.state = ReportState::error;
  report.reason = reason;
  if (!detail.empty()) report.facts["detail"] = detail.substr(0, kMaxDetail);
  return report;
}

std::string_view state_of(const Plugin& plugin, std::span<const store::PluginState> states) {
  for (const auto& one : states)
    if (one.plugin == plugin.number && one.version == plugin.version) return one.state;
  return {};
}

bool is_own(const Plugin& plugin, const Metric& metric) noexcept {
  return std::isfinite(metric.value) &&
         std::ranges::any_of(plugin.metrics,
                             [&](const MetricSpec& spec) { return spec.number == metric.number; });
}

store::PluginEntry accept(const Plugin& plugin, PluginOutput&& output) {
  if (output.next_state.size() > kMaxPluginState)
    return {error_report(plugin, kReasonStateTooLong), {}};
  output.report.plugin = plugin.number;
  output.report.version = plugin.version;
  std::erase_if(output.report.metrics, [&](const Metric& m) { return !is_own(plugin, m); });
  return {std::move(output.report), std::move(output.next_state)};
}

/// Says which plugin the thread is in, also when the plugin throws.
class Entered {
 public:
  Entered(const Marker& marker, const Plugin& plugin) : marker_{marker} {
    if (marker_) marker_(plugin.number);
  }
  ~Entered() {
    if (marker_) marker_(0);
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  const Marker& marker_;
};

std::vector<SideResult> sides_of(const Plugin& plugin, std::span<const SideAnswer> sides) {
  std::vector<SideResult> own;
  for (const auto& one : sides) {
    if (one.plugin != plugin.number) continue;
    own.push_back({.kind = one.request.kind,
                   .target = one.request.target,
                   .answer = one.side->text,
                   .is_ok = one.side->is_ok,
                   .is_fresh = one.is_fresh});
  }
  return own;
}

bool is_blamed(const Plugin& plugin, std::span<const std::uint8_t> off) {
  return std::ranges::find(off, plugin.number) != off.end();
}

/// What the plugin is to see of the page.
const Page& seen_by(const Plugin& plugin, const Page& page) {
  return plugin.sees_ignored && page.whole ? *page.whole : page;
}

store::PluginEntry run_one(const Plugin& plugin, const CheckInput& input,
                           std::span<const Report> earlier) {
  if (is_blamed(plugin, input.off)) return {error_report(plugin, kReasonBlamed), {}};
  const auto sides = sides_of(plugin, input.sides);
  const PluginInput given{seen_by(plugin, input.page), input.asset, sides, earlier,
                          state_of(plugin, input.states)};
  try {
    const Entered entered{input.marker, plugin};
    return accept(plugin, plugin.run(given));
  } catch (const std::bad_alloc&) {
    return {error_report(plugin, kReasonOutOfMemory), {}};
  } catch (const std::exception& e) {
    return {error_report(plugin, kReasonException, e.what()), {}};
  } catch (...) {
    return {error_report(plugin, kReasonException), {}};
  }
}

bool is_runnable(const Plugin& plugin, const Asset& asset) {
  return plugin.run != nullptr && is_plugin_enabled(asset, plugin.name);
}

AssetState final_state(const Asset& asset, const Page& page, std::span<const Report> reports) {
  if (!asset.enabled) return AssetState::paused;
  if (page.outcome == Outcome::inconclusive) return AssetState::inconclusive;
  return decide_state(reports);
}

bool should_learn(const Page& page, std::span<const Report> reports, bool is_late) {
  return !is_late && page.outcome != Outcome::inconclusive && may_learn(decide_state(reports));
}

/// The report of html-stats, if it has read the page.
Report* find_html_stats(std::span<Report> reports) noexcept {
  const auto at = std::ranges::find(reports, kHtmlStats, &Report::plugin);
  if (at == reports.end()) return nullptr;
  const bool has_read = at->state == ReportState::ok || at->state == ReportState::warn ||
                        at->state == ReportState::crit;
  return has_read ? &*at : nullptr;
}

change::Verdict watch_page(const Asset& asset, const Page& page, Model& model) {
  std::string memory = model.take_page_memory();
  const auto& [approved, rejected, expected_until] = asset.baseline;
  auto verdict = change::watch(page, memory,
                               {.approved = approved,
                                .rejected = rejected,
                                .expected_until = expected_until,
                                .false_alerts_a_year = asset.sensitivity});
  model.set_page_memory(std::move(memory));
  return verdict;
}

std::string_view content_type(const Page& page) {
  const auto* type = find_header(page.headers, "content-type");
  return type == nullptr ? std::string_view{} : *type;
}

void add_features_of_rest(Page& page, std::span<const IgnoreRule> rules) {
  const bool is_read = is_html(page);
  auto rest =
      is_read ? rest_of_html(rules, page.body, content_type(page)) : rest_of_text(rules, page.body);
  page.ignored = std::make_shared<const Ignored>(std::move(rest.ignored));
  if (rest.text != page.body) {
    auto whole = std::make_shared<Page>(page);
    if (is_read) extract_features(whole->body, content_type(page), whole->features);
    page.whole = std::move(whole);
    page.body = std::move(rest.text);
  }
  if (!is_read) return;
  extract_features({.text = page.body,
                    .encoding = rest.encoding,
                    .decode_errors = rest.decode_errors,
                    .is_cut = rest.is_cut},
                   page.features);
}

std::vector<Report> take_reports(std::vector<store::PluginEntry>& entries) {
  std::vector<Report> reports;
  reports.reserve(entries.size());
  for (auto& entry : entries) reports.push_back(std::move(entry.report));
  return reports;
}

}  // namespace

void add_features(Page& page, std::span<const IgnoreRule> rules) {
  if (!rules.empty() && !page.body.empty()) return add_features_of_rest(page, rules);
  if (is_html(page)) extract_features(page.body, content_type(page), page.features);
}

std::vector<SidePlan> plan_sides(const CheckInput& input) {
  std::vector<SidePlan> plans;
  for (const auto* plugin : all_plugins()) {
    if (plugin->plan == nullptr || !is_runnable(*plugin, input.asset)) continue;
    if (is_blamed(*plugin, input.off)) continue;
    try {
      const Entered entered{input.marker, *plugin};
      const auto known = sides_of(*plugin, input.sides);
      if (!input.sides.empty() && known.empty()) continue;  // it wanted nothing at first
      for (auto& request : plugin->plan(seen_by(*plugin, input.page), input.asset, known))
        plans.push_back({plugin, std::move(request)});
    } catch (...) {  // it will say more when it runs without its sides
    }
  }
  return plans;
}

std::vector<store::PluginEntry> run_plugins(const CheckInput& input,
                                            std::span<const Plugin* const> plugins) {
  std::vector<store::PluginEntry> entries;
  std::vector<Report> earlier;
  for (const auto stage : {Stage::first, Stage::second}) {
    if (stage == Stage::second)
      for (const auto& entry : entries) earlier.push_back(entry.report);
    for (const auto* plugin : plugins) {
      if (plugin->stage != stage || !is_runnable(*plugin, input.asset)) continue;
      entries.push_back(run_one(*plugin, input, earlier));
    }
  }
  std::ranges::sort(entries, {}, [](const auto& entry) { return entry.report.plugin; });
  return entries;
}

Verdict judge_entries(const Asset& asset, const Page& page, std::vector<store::PluginEntry> entries,
                      std::string_view model, bool is_late) {
  Verdict verdict;
  auto decoded = Model::decode(model);
  if (!decoded) verdict.warning = decoded.error().detail;
  Model known = decoded ? std::move(*decoded) : Model{};

  auto reports = take_reports(entries);
  auto& result = verdict.result;
  result.has_learned = should_learn(page, reports, is_late);
  Report* html_stats = result.has_learned ? find_html_stats(reports) : nullptr;
  if (html_stats != nullptr) verdict.change = watch_page(asset, page, known);
  const bool is_usual = verdict.change && verdict.change->is_settled && !verdict.change->is_alert;
  result.stats = judge(known, reports, result.has_learned, is_usual).stats;
  if (verdict.change && verdict.change->is_alert) {
    add_first(*html_stats, change::explain(*verdict.change));
  }
  result.state = final_state(asset, page, reports);
  if (result.has_learned) result.model = known.encode();
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].report = std::move(reports[i]);
  result.entries = std::move(entries);
  return verdict;
}

CheckResult check_once(const CheckInput& input) {
  // Without history nothing can be unusual, and nobody keeps what would be learned.
  constexpr bool kIsLate = true;
  return judge_entries(input.asset, input.page, run_plugins(input), {}, kIsLate).result;
}

}  // namespace webmon::executor
