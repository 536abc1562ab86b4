/// Pages and reports for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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

inline PluginOutput run_plugin(std::string_view name, const Page& page, std::string_view state = {},
                               const Asset& asset = {}) {
  const Plugin* plugin = find_plugin(name);
  if (plugin == nullptr) {
    ADD_FAILURE() << "no plugin " << name;
    return {};
  }
  PluginOutput output =
      plugin->run({.page = page, .asset = asset, .sides = {}, .earlier = {}, .state = state});
  output.report.plugin = plugin->number;
  output.report.version = plugin->version;
  EXPECT_LE(output.next_state.size(), kMaxPluginState);
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
