// frames: what the page shows of other sites, and whether it hides it.
#include <fmt/format.h>

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
    MetricSpec{"hidden_or_1px", 1300, "count", true, 0.15, 0,
               "frames that are hidden, in something hidden, or 0 or 1 pixel wide or high",
               Excess::injection},
    MetricSpec{"object_embed_count", 1301, "count", false, 0, 0,
               "object and embed elements; html-stats judges them"},
    MetricSpec{"sandbox_missing", 1302, "count", false, 0, 0,
               "foreign iframes without a sandbox attribute"},
    MetricSpec{"srcdoc_count", 1303, "count", false, 0, 0, "iframes with srcdoc"},
};
constexpr std::array kFacts = {
    FactSpec{"origins", ValueType::texts, "foreign origins that are shown, the first 20 of 40"},
    FactSpec{"new_origins", ValueType::texts, "those that no check before had"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    plugins::kNotHtml,
    ReasonSpec{ReportState::crit, "hidden_new_frame",
               "a hidden frame shows an origin that no check before had, after 20 checks"},
    ReasonSpec{ReportState::warn, "new_frame_origin",
               "a frame shows an origin that no check before had, after 20 checks"},
    ReasonSpec{ReportState::ok, "new_frame_origin", "the same within the first 20 checks"},
};

void tell_new(Report& report, const std::vector<std::string>& fresh, bool is_hidden,
              bool is_settled) {
  if (fresh.empty()) return;
  report.facts["new_origins"] = plugins::bounded_list(fresh);
  const Severity settled = is_hidden ? Severity::crit : Severity::warn;
  add_finding(report, {.severity = is_settled ? settled : Severity::info,
                       .code = is_settled && is_hidden ? "hidden_new_frame" : "new_frame_origin",
                       .message = fmt::format("{} shows {}, which no check before had",
                                              is_hidden ? "a hidden frame" : "a frame",
                                              plugins::in_words(fresh)),
                       .expected = "origins seen before",
                       .seen = clean(fresh.front(), 255),
                       .evidence = {}});
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_html(input); !why.empty()) return plugins::skipped(input, why);
  const Page& page = input.page;
  plugins::KnownSet known{input.state, page.observed_at};
  plugins::Origins shown{page, known}, hidden{page, known};
  int hidden_frames = 0, objects = 0, unboxed = 0, documents = 0;
  for (const Frame& frame : page.features.frames) {  // the hidden first: they say more
    if (!frame.is_hidden && !frame.is_pixel) continue;
    ++hidden_frames;
    if (!frame.src.empty()) hidden.add(read_reference(frame.src));
  }
  for (const Frame& frame : page.features.frames) {
    const bool is_foreign = !frame.src.empty() && shown.add(read_reference(frame.src));
    if (frame.kind == FrameKind::object || frame.kind == FrameKind::embed) ++objects;
    if (frame.kind == FrameKind::iframe && is_foreign && !frame.has_sandbox) ++unboxed;
    if (frame.has_srcdoc) ++documents;
  }
  PluginOutput output;
  Report& report = output.report;
  add_metric(report, kMetrics[0], hidden_frames);
  add_metric(report, kMetrics[1], objects);
  add_metric(report, kMetrics[2], unboxed);
  add_metric(report, kMetrics[3], documents);
  if (!shown.all().empty()) report.facts["origins"] = plugins::bounded_list(shown.all());
  tell_new(report, shown.fresh(), false, known.is_settled());
  tell_new(report, hidden.fresh(), true, known.is_settled());
  output.next_state = known.state();
  return output;
}

constexpr Plugin kPlugin{.name = "frames",
                         .number = 13,
                         .version = 1,
                         .describes_content = true,
                         .summary = "What the page shows of other sites, and whether it hides it.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
