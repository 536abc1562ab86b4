// favicon: the site's icon, by which search engines for devices name products, and which a copied
// or defaced site often changes.
#include <fmt/format.h>

#include <array>

#include "lib/core/reference.hpp"
#include "plugins/builder.hpp"
#include "plugins/icon_hash.hpp"
#include "plugins/sha256.hpp"
#include "plugins/side_fields.hpp"

namespace webmon {
namespace {

constexpr std::array kMetrics = {
    MetricSpec{"icon_bytes", 2100, "bytes", false, 0, 0, "size of the icon"},
};
constexpr std::array kFacts = {
    FactSpec{"url", ValueType::text,
             "of the icon: the first <link rel=icon>, or else /favicon.ico"},
    FactSpec{"mmh3", ValueType::integer,
             "MurmurHash3 of the icon in Base64, as Shodan's http.favicon.hash"},
    FactSpec{"sha256", ValueType::text, "of the icon"},
    FactSpec{"changed", ValueType::boolean, "whether sha256 is another than before"},
    FactSpec{"known_product", ValueType::text, "whose icon it is, of a list of 29"},
};
constexpr std::array kReasons = {
    plugins::kNoPage,
    plugins::kNotItself,
    ReasonSpec{ReportState::skipped, "no_icon",
               "the site has none: the answer is an error, or not an image"},
    ReasonSpec{ReportState::skipped, "inline_icon", "the page holds it itself, as a data: URL"},
    ReasonSpec{ReportState::skipped, "no_answer", "the request for the icon did not succeed"},
    ReasonSpec{ReportState::warn, "icon_changed", "the icon is another than before"},
};

/// The reference to the icon as written; empty: the page names none. The last suitable one would
/// be a browser's choice among sizes; the first is as good for telling a change.
std::string_view icon_reference(const Page& page) {
  for (const auto& link : page.features.link_elements) {
    if ((link.rel == "icon" || link.rel == "shortcut icon") && !link.href.empty()) return link.href;
  }
  return {};
}

std::string icon_url(const Page& page) {
  const Url& own = final_url(page);
  if (const auto written = icon_reference(page); !written.empty()) {
    const auto base = page.features.base_href.empty() ? Result<Url>{own}
                                                      : resolve_url(own, page.features.base_href);
    const auto url = resolve_url(base ? *base : own, written);
    if (url) return url->text;
  }
  return origin_of(own) + "/favicon.ico";
}

/// By its first bytes: servers send icons under many types.
bool is_image(std::string_view bytes) {
  using namespace std::string_view_literals;
  constexpr std::array kBegins = {"\0\0\1\0"sv,     "\x89PNG"sv, "GIF8"sv,
                                  "\xff\xd8\xff"sv, "RIFF"sv,    "BM"sv};
  const auto begins = [&](std::string_view with) { return bytes.starts_with(with); };
  return std::ranges::any_of(kBegins, begins) || bytes.substr(0, 1'024).find("<svg") != bytes.npos;
}

std::string digest(const Page& answer) {
  plugins::SideFields kept;
  if (answer.status == 200 && is_image(answer.body)) {
    kept.add("bytes", static_cast<std::int64_t>(answer.body.size()))
        .add("mmh3", plugins::icon_hash(answer.body))
        .add("sha256", plugins::hex(plugins::raw(plugins::sha256(answer.body))));
  }
  return kept.take();
}

bool is_inline(const Page& page) { return icon_reference(page).starts_with("data:"); }

std::vector<SideRequest> plan(const Page& page, const Asset&, std::span<const SideResult> known) {
  if (!known.empty() || page.outcome != Outcome::ok || page.status >= 400 || is_inline(page))
    return {};
  return {{.target = icon_url(page), .digest = digest}};
}

void note_change(Report& report, std::string_view before, std::string_view now) {
  report.facts["changed"] = before != now;
  if (before == now) return;
  plugins::add_finding(report, {.severity = Severity::warn,
                                .code = "icon_changed",
                                .message = "the icon is another than at the check before",
                                .expected = plugins::clean(before),
                                .seen = std::string{now},
                                .evidence = {}});
}

PluginOutput run(const PluginInput& input) {
  if (const auto why = plugins::no_content(input); !why.empty()) {
    return plugins::skipped(input, why);
  }
  if (is_inline(input.page)) return plugins::skipped(input, "inline_icon");
  if (input.sides.empty() || !input.sides[0].is_ok) return plugins::skipped(input, "no_answer");
  const auto url = input.sides[0].target, icon = input.sides[0].answer;
  const auto sha256 = plugins::side_text(icon, "sha256");
  if (sha256.empty()) return plugins::skipped(input, "no_icon");
  const auto hash = static_cast<std::int32_t>(plugins::side_number(icon, "mmh3"));
  PluginOutput output;
  Report& report = output.report;
  plugins::add_metric(report, kMetrics[0],
                      static_cast<double>(plugins::side_number(icon, "bytes")));
  report.facts["url"] = plugins::clean(url);
  report.facts["mmh3"] = hash;
  report.facts["sha256"] = sha256;
  if (const auto product = plugins::product_of_icon(hash); !product.empty()) {
    report.facts["known_product"] = product;
  }
  if (!input.state.empty()) note_change(report, input.state, sha256);
  output.next_state = sha256;
  return output;
}

constexpr Plugin kPlugin{.name = "favicon",
                         .number = 21,
                         .version = 1,
                         .summary = "The site's icon, whose it is, and whether it changed.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .plan = plan,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
