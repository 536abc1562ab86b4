/// Small words that plugins share. Header only: every .cpp of this folder is a plugin. Pure.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/core/page.hpp"
#include "lib/core/plugin.hpp"
#include "lib/core/report.hpp"
#include "lib/html/charset.hpp"
#include "lib/html/text_folder.hpp"

namespace webmon::plugins {

/// Reasons that many plugins share.
inline constexpr ReasonSpec kNoPage{ReportState::skipped, "no_page",
                                    "the fetch failed, or the status is 400 or more"};
inline constexpr ReasonSpec kNotHtml{ReportState::skipped, "not_html", "not HTML, or empty"};

/// True if the page is what its owner meant to show: a whole answer that is not an error.
inline bool has_content(const Page& page) noexcept {
  return page.outcome == Outcome::ok && page.status < 400;
}

/// Bytes from outside as text for facts and findings: valid UTF-8, at most `max_bytes`.
inline std::string clean(std::string_view text, std::size_t max_bytes = 512) {
  return std::string{
      html::utf8_prefix(html::to_valid_utf8(text.substr(0, 2 * max_bytes)), max_bytes)};
}

/// ASCII only, as names and values of headers are compared (RFC 9110 §5.1).
inline std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
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
