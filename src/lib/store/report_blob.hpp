/// The latest reports of one asset as one compact blob: version byte 1, then per plugin its number,
/// version, state, metrics, facts (JSON text), findings and opaque next state. Layout:
/// docs/redis.md. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/id.hpp"
#include "lib/core/report.hpp"

namespace webmon::store {

struct PluginEntry {
  Report report;
  std::string state;  ///< the plugin's opaque state for its next run, at most kMaxPluginState bytes
};
struct ReportBlob {
  StoreTime observed{};
  JobId job;
  std::vector<PluginEntry> entries;  ///< sorted by plugin number
};
/// Bounded to 32 KiB: facts and findings over it are cut, and the report says so
/// ("truncated":true).
std::string encode(const ReportBlob& blob);
/// Errors: bad_frame (hostile or torn bytes), schema (a newer version byte). Empty text is an empty
/// blob.
Result<ReportBlob> decode_report_blob(std::string_view bytes);
/// The version alone. Errors: schema.
Result<void> check_report_version(std::string_view bytes);
/// Only the plugins' states, without building reports: what the executor needs before a run.
struct PluginState {
  std::uint8_t plugin, version;
  std::string_view state;  ///< points into the blob
};
Result<std::vector<PluginState>> decode_plugin_states(std::string_view bytes);

}  // namespace webmon::store
