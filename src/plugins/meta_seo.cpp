// meta-seo: what the page tells search engines and other sites of itself, and what of it changed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "lib/core/hashing.hpp"
#include "lib/core/reference.hpp"
#include "lib/html/text_folder.hpp"
#include "plugins/builder.hpp"
#include "plugins/header_list.hpp"

namespace webmon {
namespace {

using plugins::add_finding;
using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"hreflang_count", 2000, "count", false, 0, 0, "link elements with hreflang"},
};
constexpr std::array kFacts = {
    FactSpec{"title", ValueType::text, "of the page"},
    FactSpec{"description", ValueType::text,
             "of <meta name=description>, white space folded, the first 320 bytes"},
    FactSpec{"canonical", ValueType::text, "of <link rel=canonical>"},
    FactSpec{"robots_meta", ValueType::text, "of <meta name=robots>"},
    FactSpec{"x_robots_tag", ValueType::text, "the header X-Robots-Tag"},
    FactSpec{"og_hash", ValueType::text,
             "of all og: properties with their contents, in their order"},
    FactSpec{"jsonld_types", ValueType::texts, "values of @type in JSON-LD, the first 20"},
    FactSpec{"lang", ValueType::text, "of <html lang>"},
    FactSpec{"changed", ValueType::texts, "which of these are not as at the check before"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    plugins::kNotHtml,
    ReasonSpec{ReportState::warn, "noindex_appeared",
               "search engines are told not to show the page, which the check before did not"},
    ReasonSpec{ReportState::warn, "canonical_left_site",
               "the canonical URL is on a foreign host now"},
    ReasonSpec{ReportState::warn, "language_changed", "another language in <html lang>"},
    ReasonSpec{ReportState::ok, "meta_changed", "anything else of it is another"},
};

constexpr std::size_t kMostUrl = 512;

/// What is compared, by the names of the facts; the order is that of the state.
struct Value {
  std::string_view name;
  std::string text;
};

std::string og_of(const PageFeatures& features) {
  std::string all;
  for (const Meta& meta : features.metas) {
    if (!meta.name.starts_with("og:")) continue;
    all.append(meta.name).append("=").append(meta.content.substr(0, 1024)).append("\n");
  }
  return all.empty() ? all : fmt::format("{:016x}", hash_of(all, 0));
}

/// What is written over several lines, in one.
std::string folded(std::string_view text) {
  html::TextFolder folder{SIZE_MAX};
  folder.add(text);
  return std::string{folder.text()};
}

std::string types_of(const PageFeatures& features) {
  std::string all;
  for (const std::string_view type : features.json_ld_types) all.append(type).append("\n");
  return all;
}

std::vector<Value> values_of(const Page& page) {
  const PageFeatures& f = page.features;
  return {{"title", clean(f.title)},
          {"description", clean(folded(f.meta("description")), 320)},
          {"canonical", clean(f.canonical, kMostUrl)},
          {"robots_meta", clean(lower(f.meta("robots").substr(0, 512)), 255)},
          {"x_robots_tag",
           clean(lower(plugins::joined(page.headers, "x-robots-tag").value_or("")), 255)},
          {"og_hash", og_of(f)},
          {"jsonld_types", types_of(f)},
          {"lang", clean(lower(f.lang.substr(0, 64)), 40)}};
}

std::string_view value(const std::vector<Value>& values, std::string_view name) {
  return std::ranges::find(values, name, &Value::name)->text;
}

/// "none" means noindex, nofollow. X-Robots-Tag may be for one robot: "otherbot: noindex".
bool is_kept_out(std::string_view robots) {
  for (const auto& one : plugins::directives(robots, ',')) {
    if (one.name == "noindex" || one.name == "none") return true;
  }
  return false;
}
bool is_kept_out(const std::vector<Value>& values) {
  return is_kept_out(value(values, "robots_meta")) || is_kept_out(value(values, "x_robots_tag"));
}

bool leaves_site(const Page& page, const std::vector<Value>& values) {
  return is_foreign(read_reference(value(values, "canonical")), page);
}

// State: u8 flags (1 kept out, 2 canonical elsewhere), then 6 bytes of hash for each value.
constexpr std::size_t kEach = 6;

std::string encode(const std::vector<Value>& values, bool kept_out, bool leaves) {
  std::string state(1, static_cast<char>((kept_out ? 1 : 0) | (leaves ? 2 : 0)));
  for (const Value& one : values) {
    const std::uint64_t hash = hash_of(one.text, 0);
    for (std::size_t i = 0; i < kEach; ++i) {
      state.push_back(static_cast<char>(hash >> (8 * i) & 0xFFU));
    }
  }
  return state;
}

void add(Report& report, Severity severity, std::string_view code, std::string message,
         std::string_view seen) {
  add_finding(report, {.severity = severity,
                       .code = std::string{code},
                       .message = std::move(message),
                       .expected = "as at the check before",
                       .seen = std::string{seen},
                       .evidence = {}});
}

void compare(Report& report, const std::vector<Value>& values, std::string_view before,
             std::string_view now) {
  if (before.size() != now.size()) return;
  std::vector<std::string_view> changed;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t at = 1 + i * kEach;
    if (before.substr(at, kEach) != now.substr(at, kEach)) changed.push_back(values[i].name);
  }
  if (changed.empty()) return;
  report.facts["changed"] = plugins::bounded_list(changed);
  const bool has_language = std::ranges::find(changed, "lang") != changed.end();
  if ((now[0] & 1) > (before[0] & 1)) {
    add(report, Severity::warn, "noindex_appeared", "search engines are told not to show the page",
        "noindex");
  }
  if ((now[0] & 2) > (before[0] & 2)) {
    add(report, Severity::warn, "canonical_left_site",
        "the page says that its real place is on a foreign host", value(values, "canonical"));
  }
  if (has_language) {
    add(report, Severity::warn, "language_changed", "the page says that it has another language",
        value(values, "lang"));
  }
  if (report.findings.empty()) {
    add(report, Severity::info, "meta_changed",
        fmt::format("changed: {}", fmt::join(changed, ", ")), changed.front());
  }
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_html(input); !why.empty()) return plugins::skipped(input, why);
  const Page& page = input.page;
  const std::vector<Value> values = values_of(page);
  PluginOutput output;
  Report& report = output.report;
  add_metric(report, kMetrics[0], page.features.hreflangs);
  for (const Value& one : values) {
    if (!one.text.empty() && one.name != "jsonld_types") report.facts[one.name] = one.text;
  }
  if (!page.features.json_ld_types.empty()) {
    report.facts["jsonld_types"] = plugins::bounded_list(page.features.json_ld_types, 20, 400);
  }
  output.next_state = encode(values, is_kept_out(values), leaves_site(page, values));
  compare(report, values, input.state, output.next_state);
  return output;
}

constexpr Plugin kPlugin{
    .name = "meta-seo",
    .number = 20,
    .version = 1,
    .describes_content = true,
    .summary = "What the page tells search engines of itself, and what of it changed.",
    .metrics = kMetrics,
    .facts = kFacts,
    .reasons = kReasons,
    .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
