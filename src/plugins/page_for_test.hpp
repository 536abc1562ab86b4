/// Pages and reports for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/plugin.hpp"
#include "lib/html/extract.hpp"

namespace webmon::plugins {

inline constexpr std::int64_t kNowMs = 1'790'000'000'000;

inline Url url_for_test(bool is_https = false) {
  Url url;
  url.host = "site.example";
  url.target = "/";
  url.port = is_https ? 443 : 80;
  url.is_https = is_https;
  url.text = is_https ? "https://site.example/" : "http://site.example/";
  return url;
}

/// A complete answer of status 200, as the executor would hand it to the plugins.
inline Page page_for_test(std::string body, std::string_view type = "text/html; charset=utf-8") {
  Page page;
  page.url = url_for_test();
  page.outcome = Outcome::ok;
  page.observed_at = store_time_ms(kNowMs);
  page.status = 200;
  page.http_version = "1.1";
  page.headers = {{"content-type", std::string{type}}};
  page.header_bytes = 180;
  page.wire_bytes = body.size();
  page.body = std::move(body);
  Hop hop;
  hop.url = page.url;
  hop.status = 200;
  hop.remote_ip = "203.0.113.7";
  page.hops = {hop};
  page.total = milliseconds{80};
  if (is_html(page)) extract_features(page.body, type, page.features);
  return page;
}

inline bool is_of(const boost::json::value& value, ValueType type) {
  const auto all_are = [&](bool (boost::json::value::*is)() const noexcept) {
    return value.is_array() &&
           std::ranges::all_of(value.get_array(), [&](const auto& one) { return (one.*is)(); });
  };
  if (value.is_null()) return true;  // cannot be told
  switch (type) {
    case ValueType::text:
      return value.is_string();
    case ValueType::boolean:
      return value.is_bool();
    case ValueType::integer:
      return value.is_int64() || value.is_uint64();
    case ValueType::number:
      return value.is_number();
    case ValueType::object:
      return value.is_object();
    case ValueType::texts:
      return all_are(&boost::json::value::is_string);
    case ValueType::objects:
      return all_are(&boost::json::value::is_object);
  }
  return false;
}

/// What a report may take of an asset's 32 KiB, whatever the page is.
inline constexpr std::size_t kMaxFacts = 8U << 10U;

/// A report says nothing that the plugin's descriptor does not tell of.
inline void expect_as_described(const Plugin& plugin, const Report& report) {
  SCOPED_TRACE(plugin.name);
  for (const auto& fact : report.facts) {
    const auto spec =
        std::ranges::find(plugin.facts, std::string_view{fact.key()}, &FactSpec::name);
    if (spec == plugin.facts.end()) {
      ADD_FAILURE() << "not described: fact " << fact.key();
      continue;
    }
    EXPECT_TRUE(is_of(fact.value(), spec->type))
        << fact.key() << " is not of type " << to_string(spec->type) << ": "
        << boost::json::serialize(fact.value());
  }
  EXPECT_LE(boost::json::serialize(report.facts).size(), kMaxFacts);
  const auto is_told = [&](std::string_view reason, ReportState state) {
    return std::ranges::any_of(plugin.reasons, [&](const ReasonSpec& one) {
      return one.reason == reason && one.state == state;
    });
  };
  if (report.state != ReportState::ok) {
    EXPECT_TRUE(is_told(report.reason, report.state))
        << "not described: " << to_string(report.state) << " " << report.reason;
  }
  for (const Finding& finding : report.findings) {
    const auto state = finding.severity == Severity::crit   ? ReportState::crit
                       : finding.severity == Severity::warn ? ReportState::warn
                                                            : ReportState::ok;
    EXPECT_TRUE(is_told(finding.code, state) ||
                (state == ReportState::ok && is_told(finding.code, report.state)))
        << "not described: finding " << finding.code;
    EXPECT_LE(finding.evidence.size(), 512U) << finding.code;
    EXPECT_FALSE(finding.message.empty()) << finding.code;
  }
}

/// Runs the plugin as the executor does, after those of the first stage if it is of the second.
inline PluginOutput run_plugin(std::string_view name, const Page& page, std::string_view state = {},
                               const Asset& asset = {}, std::span<const SideResult> sides = {}) {
  const Plugin* plugin = find_plugin(name);
  if (plugin == nullptr) {
    ADD_FAILURE() << "no plugin " << name;
    return {};
  }
  std::vector<Report> earlier;
  for (const Plugin* first : all_plugins()) {
    if (first->stage != Stage::first || plugin->stage == Stage::first) continue;
    earlier.push_back(
        first->run({.page = page, .asset = asset, .sides = {}, .earlier = {}, .state = {}}).report);
    earlier.back().plugin = first->number;
  }
  PluginOutput output = plugin->run(
      {.page = page, .asset = asset, .sides = sides, .earlier = earlier, .state = state});
  output.report.plugin = plugin->number;
  output.report.version = plugin->version;
  EXPECT_LE(output.next_state.size(), kMaxPluginState);
  expect_as_described(*plugin, output.report);
  return output;
}

inline const Metric* find_value(const Report& report, std::string_view name) {
  for (const Metric& metric : report.metrics) {
    const MetricSpec* spec = find_metric(metric.number);
    if (spec != nullptr && spec->name == name) return &metric;
  }
  return nullptr;
}

/// NaN, which equals nothing, if the report has no such metric.
inline double value_of(const Report& report, std::string_view name) {
  const Metric* metric = find_value(report, name);
  return metric == nullptr ? std::numeric_limits<double>::quiet_NaN() : metric->value;
}

inline std::string fact(const Report& report, std::string_view name) {
  const boost::json::value* value = report.facts.if_contains(name);
  return value == nullptr ? "(none)" : boost::json::serialize(*value);
}

}  // namespace webmon::plugins
