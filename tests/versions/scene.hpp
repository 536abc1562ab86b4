/// What the fixtures of stored data show: an asset with 27 observations, the last of which brought
/// an injected frame; jobs in every state; runs; snapshots with a restart behind them. Used by the
/// generator of a new fixture folder, and by the tests for the observation after the last.
#pragma once

#include <fmt/format.h>

#include <string>

#include "lib/core/asset.hpp"
#include "lib/core/page.hpp"
#include "pipeline/executor/check.hpp"

namespace webmon::versions {

inline constexpr int kObservations = 27;
inline constexpr std::int64_t kFirstMs = 1'700'000'000'000;
inline constexpr std::int64_t kIntervalMs = 300'000;

/// The page of observation `i` (from 0), features filled. The same for ever: fixtures are made of
/// it.
inline Page scene_page(const Asset& asset, int i) {
  std::string body = "<!doctype html><html><head><title>Old data</title></head><body>";
  for (int p = 0; p < 12 + i % 3; ++p)
    body += fmt::format("<p>Paragraph {} of the page says a few words.</p>", p);
  if (i == kObservations - 1) body += "<iframe src=\"http://evil.example/\"></iframe>";
  body += "<a href=\"/next\">next</a></body></html>";
  Page page;
  page.url = asset.url;
  page.outcome = Outcome::ok;
  page.observed_at = store_time_ms(kFirstMs + i * kIntervalMs);
  page.status = 200;
  page.http_version = "1.1";
  page.headers = {{"content-type", "text/html; charset=utf-8"}, {"server", "old"}};
  page.header_bytes = 120;
  page.wire_bytes = body.size();
  page.body = std::move(body);
  Hop hop;
  hop.url = asset.url;
  hop.status = 200;
  hop.remote_ip = "203.0.113.7";
  hop.phases = {microseconds{1'000 + 10 * (i % 5)}, microseconds{2'000}, std::nullopt,
                microseconds{30'000 + 100 * (i % 7)}, microseconds{500}};
  hop.total = microseconds{33'500 + 100 * (i % 7)};
  page.total = hop.total;
  page.hops = {std::move(hop)};
  executor::add_features(page);
  return page;
}

}  // namespace webmon::versions
