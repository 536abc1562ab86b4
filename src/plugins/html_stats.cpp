// html-stats: size and structure of an HTML page; the statistics engine compares each number with
// the page's own history. The floors say what is nothing in particular: one more paragraph is, one
// more <iframe> is not.
#include <array>

#include "plugins/builder.hpp"
#include "plugins/ignored_fact.hpp"

namespace webmon {
namespace {

using plugins::add_metric;

constexpr std::uint16_t kFirstTag = 320;  // from here on: "<tag>_count"
constexpr std::uint16_t kFirstIgnored = 380;
constexpr std::string_view kTagSuffix = "_count";

constexpr MetricSpec size(std::string_view name, std::uint16_t number, std::string_view unit,
                          double absolute, double relative, std::string_view help) {
  return {name, number, unit, true, absolute, relative, help, Excess::change};
}
/// A tag that comes and goes with the content: lists, paragraphs.
constexpr MetricSpec content(std::string_view name, std::uint16_t number, double absolute = 3) {
  return {name, number, "count", true, absolute, 0.1, "start tags", Excess::change};
}
/// A tag that belongs to the design of the page.
constexpr MetricSpec design(std::string_view name, std::uint16_t number, double absolute) {
  return {name, number, "count", true, absolute, 0.05, "start tags", Excess::change};
}
/// A tag that brings foreign content or takes data away: one more than ever before is news.
constexpr MetricSpec injectable(std::string_view name, std::uint16_t number) {
  return {name, number, "count", true, 0.15, 0, "start tags", Excess::injection};
}

constexpr std::array kMetrics = {
    size("bytes", 300, "bytes", 1024, 0.05, "page size after decoding"),
    size("tags_total", 301, "count", 10, 0.1, "start tags"),
    size("distinct_tags", 302, "count", 1.5, 0.05, "different element names"),
    size("max_depth", 303, "count", 2, 0.1, "open elements at most"),
    size("attrs_total", 304, "count", 20, 0.1, "attributes"),
    size("comments", 305, "count", 2, 0.1, "comments"),
    size("event_handlers", 306, "count", 1, 0.1, "attributes that begin with on"),
    size("hidden_elements", 307, "count", 1, 0.1, "elements hidden by attribute or inline style"),
    size("text_bytes", 309, "bytes", 400, 0.1, "visible text, white space folded"),
    size("words", 310, "count", 60, 0.1, "words of visible text"),
    size("text_ratio", 311, "ratio", 0.04, 0.1, "text_bytes / bytes"),
    size("inline_script_bytes", 312, "bytes", 100, 0.05, "text inside script elements"),
    size("links", 313, "count", 3, 0.1, "a and area elements with href"),
    MetricSpec{"external_scripts", 314, "count", true, 0.15, 0, "script elements with src",
               Excess::injection},
    MetricSpec{"frame_sources", 315, "count", true, 0.15, 0, "iframe and frame elements with src",
               Excess::injection},
    size("parse_errors", 316, "count", 5, 0.2, "parse errors of the HTML standard's tokenizer"),
    content("a_count", 320),
    injectable("script_count", 321),
    injectable("iframe_count", 322),
    injectable("form_count", 323),
    design("input_count", 324, 1),
    design("img_count", 325, 2),
    design("link_count", 326, 1),
    design("meta_count", 327, 1),
    design("style_count", 328, 1),
    injectable("object_count", 329),
    injectable("embed_count", 330),
    design("video_count", 331, 1),
    design("svg_count", 332, 2),
    content("div_count", 333),
    content("p_count", 334),
    design("h1_count", 335, 0.5),
    content("h2_count", 336),
    content("h3_count", 337),
    content("h4_count", 338),
    content("h5_count", 339),
    content("h6_count", 340),
    content("span_count", 341),
    design("ul_count", 342, 2),
    design("ol_count", 343, 2),
    content("li_count", 344),
    design("table_count", 345, 1),
    content("tr_count", 346),
    content("td_count", 347),
    design("button_count", 348, 2),
    design("select_count", 349, 1),
    design("textarea_count", 350, 1),
    design("section_count", 351, 2),
    design("article_count", 352, 2),
    design("nav_count", 353, 1),
    design("header_count", 354, 1),
    design("footer_count", 355, 1),
    design("noscript_count", 356, 0.5),
    design("template_count", 357, 1),
    design("audio_count", 358, 1),
    design("canvas_count", 359, 1),
    design("base_count", 360, 0.15),
    content("br_count", 361),
    content("strong_count", 362),
    content("em_count", 363),
    content("b_count", 364),
    content("i_count", 365),
    content("pre_count", 366),
    content("code_count", 367),
    design("label_count", 368, 2),
    content("option_count", 369),
    design("source_count", 370, 2),
    design("picture_count", 371, 2),
    design("main_count", 372, 0.5),
    design("aside_count", 373, 1),
    MetricSpec{"ignored_elements", kFirstIgnored, "count", false, 0, 0,
               "elements that ignore rules took out; of assets that have rules"},
    MetricSpec{"ignored_bytes", kFirstIgnored + 1, "bytes", false, 0, 0,
               "all that they took out of the source"},
};

constexpr std::array kFacts = {FactSpec{"title", ValueType::text, "of the page"},
                               plugins::kIgnoredFact};
constexpr std::array kReasons = {plugins::kNoPage, plugins::kNotItself, plugins::kNotHtml};

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// In the order of kMetrics.
std::array<double, 16> sizes(const Page& page) {
  const PageFeatures& f = page.features;
  return {static_cast<double>(page.body.size()), static_cast<double>(f.tags_total),
          static_cast<double>(f.distinct_tags),  static_cast<double>(f.max_depth),
          static_cast<double>(f.attributes),     static_cast<double>(f.comments),
          static_cast<double>(f.event_handlers), static_cast<double>(f.hidden_elements),
          static_cast<double>(f.text_bytes),     static_cast<double>(f.words),
          ratio(f.text_bytes, page.body.size()), static_cast<double>(f.inline_script_bytes),
          static_cast<double>(f.links_total),    static_cast<double>(f.external_scripts),
          static_cast<double>(f.frame_sources),  static_cast<double>(f.parse_errors)};
}

PluginOutput run(const PluginInput& input) {
  const Page& page = input.page;
  if (const auto why = plugins::no_html(input); !why.empty()) return plugins::skipped(input, why);
  PluginOutput output;
  Report& report = output.report;
  report.metrics.reserve(kMetrics.size());
  const auto values = sizes(page);
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    const MetricSpec& spec = kMetrics[i];
    if (spec.number < kFirstTag) {
      add_metric(report, spec, values.at(i));
    } else if (spec.number < kFirstIgnored) {
      const auto tag = spec.name.substr(0, spec.name.size() - kTagSuffix.size());
      add_metric(report, spec, page.features.tag(tag));
    }
  }
  report.facts["title"] = page.features.title;
  if (page.ignored) {
    add_metric(report, kMetrics[kMetrics.size() - 2], page.ignored->elements);
    add_metric(report, kMetrics[kMetrics.size() - 1], static_cast<double>(page.ignored->bytes));
  }
  plugins::add_ignored(report, input);
  return output;
}

constexpr Plugin kPlugin{
    .name = "html-stats",
    .number = 3,
    .version = 2,
    .describes_content = true,
    .summary = "Size and structure of the page; what changes beyond what is normal for it.",
    .metrics = kMetrics,
    .facts = kFacts,
    .reasons = kReasons,
    .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
