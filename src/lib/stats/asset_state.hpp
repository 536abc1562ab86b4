/// The state of an asset after one observation, from its reports. Pure. The first row that holds
/// decides:
///
///   | reports                                                                  | state        |
///   |--------------------------------------------------------------------------|--------------|
///   | none                                                                     | unknown      |
///   | http-probe is crit, for another reason than its statistics               | down         |
///   | page-class is crit: the answer is an error page, parked, empty ...       | down         |
///   | http-probe or page-class is inconclusive                                 | inconclusive |
///   | no report is ok, warn or crit                                            | inconclusive |
///   | a report is warn or crit and has a finding `excessive_change` not `info` | changed      |
///   | a report is warn or crit                                                 | degraded     |
///   | otherwise                                                                | up           |
///
/// `error` and `skipped` are Webmon's own matter and do not count against the page. `paused` and
/// `maintenance` come from the asset's options, not from here. docs/api.md shows the same table to
/// users.
#pragma once

#include <span>

#include "lib/core/asset.hpp"
#include "lib/core/report.hpp"

namespace webmon {

/// Permanent number of the plugin that says whether the page answers (plugins/http_probe.cpp).
inline constexpr std::uint8_t kHttpProbe = 1;
/// That of the plugin that says whether the answer is the page itself (plugins/page_class.cpp).
inline constexpr std::uint8_t kPageClass = 2;
/// That of the plugin that counts what the page is made of (plugins/html_stats.cpp).
inline constexpr std::uint8_t kHtmlStats = 3;

AssetState decide_state(std::span<const Report> reports) noexcept;

/// Whether the observation may enter the model: the page answered and nothing is in doubt.
inline bool may_learn(AssetState state) noexcept {
  return state == AssetState::up || state == AssetState::degraded || state == AssetState::changed;
}

}  // namespace webmon
