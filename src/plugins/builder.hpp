/// Small words that plugins share. Header only: every .cpp of this folder is a plugin. Pure.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/core/ascii.hpp"
#include "lib/core/page.hpp"
#include "lib/core/plugin.hpp"
#include "lib/core/report.hpp"
#include "lib/html/charset.hpp"
#include "lib/html/text_folder.hpp"
#include "lib/stats/asset_state.hpp"

namespace webmon::plugins {

/// Reasons that many plugins share.
inline constexpr ReasonSpec kNoPage{ReportState::skipped, "no_page",
                                    "the fetch failed, or the status is 400 or more"};
inline constexpr ReasonSpec kNotItself{
    ReportState::skipped, "page_class",
    "page-class says that this is not the asset's own page: blocked, a login, parked ..."};
inline constexpr ReasonSpec kNotHtml{ReportState::skipped, "not_html", "not HTML, or empty"};

/// What page-class says of the page, or nullptr if it is switched off for the asset.
inline const Report* page_class(const PluginInput& input) noexcept {
  for (const Report& report : input.earlier) {
    if (report.plugin == kPageClass) return &report;
  }
  return nullptr;
}

/// Why the answer does not show what its owner means to show, so that its content is neither judged
/// nor learned; empty if it does. The reasons are those of kNoPage and kNotItself.
inline std::string_view no_content(const PluginInput& input) noexcept {
  if (input.page.outcome != Outcome::ok || input.page.status >= 400) return kNoPage.reason;
  const Report* report = page_class(input);
  const bool is_itself = report == nullptr || (report->state != ReportState::crit &&
                                               report->state != ReportState::inconclusive);
  return is_itself ? std::string_view{} : kNotItself.reason;
}

/// The same for plugins that need HTML: also the reason of kNotHtml.
inline std::string_view no_html(const PluginInput& input) noexcept {
  const std::string_view reason = no_content(input);
  return reason.empty() && !input.page.features.is_present ? kNotHtml.reason : reason;
}

/// Bytes from outside as text for facts and findings: valid UTF-8, at most `max_bytes`.
inline std::string clean(std::string_view text, std::size_t max_bytes = 512) {
  return std::string{
      html::utf8_prefix(html::to_valid_utf8(text.substr(0, 2 * max_bytes)), max_bytes)};
}

/// `text` without characters of `spaces` at either end.
inline std::string_view trim(std::string_view text, std::string_view spaces = " \t\r\n") noexcept {
  const std::size_t begin = text.find_first_not_of(spaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

/// The first `max_items` of `texts`, cleaned, as long as they take `max_bytes` together at most.
template <class Texts>
boost::json::array bounded_list(const Texts& texts, std::size_t max_items = 20,
                                std::size_t max_bytes = 1024) {
  boost::json::array list;
  std::size_t left = max_bytes;
  for (const auto& text : texts) {
    if (list.size() == max_items) break;
    std::string item = clean(text, 255);
    if (item.size() > left) break;
    left -= item.size();
    list.emplace_back(std::move(item));
  }
  return list;
}

inline void add_metric(Report& report, const MetricSpec& spec, double value) {
  if (std::isfinite(value)) report.metrics.push_back({.number = spec.number, .value = value});
}

/// Adds the finding; the report becomes at least as bad as its severity, with the finding's code as
/// reason.
inline void add_finding(Report& report, Finding finding) {
  const ReportState state = finding.severity == Severity::crit   ? ReportState::crit
                            : finding.severity == Severity::warn ? ReportState::warn
                                                                 : ReportState::ok;
  if (state > report.state) {
    report.state = state;
    report.reason = finding.code;
  }
  report.findings.push_back(std::move(finding));
}

/// A report that says nothing of this page; the state is kept for the next one.
inline PluginOutput skipped(const PluginInput& input, std::string_view reason) {
  PluginOutput output;
  output.report.state = ReportState::skipped;
  output.report.reason = reason;
  output.next_state = input.state;
  return output;
}

}  // namespace webmon::plugins
