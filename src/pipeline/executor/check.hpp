/// The pure middle of a check: one page and what was known of the asset in, reports, statistics and
/// the asset's state out. Used by the executor's worker and by `webmon check`, which has no Redis.
/// In two steps, so that a result can be judged again by a newer model without another fetch.
/// Threads: none; reads only the plugin registry.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/change/page_watch.hpp"
#include "lib/core/asset.hpp"
#include "lib/core/page.hpp"
#include "lib/core/plugin.hpp"
#include "lib/core/report.hpp"
#include "lib/store/report_blob.hpp"
#include "pipeline/executor/side_cache.hpp"

namespace webmon::executor {

/// Stable reasons of a report whose state is `error`.
inline constexpr std::string_view kReasonException = "exception";
inline constexpr std::string_view kReasonOutOfMemory = "out_of_memory";
inline constexpr std::string_view kReasonStateTooLong = "state_too_long";
inline constexpr std::string_view kReasonBlamed = "crashed_or_overran";

/// Told the plugin's number before it is entered and 0 after it. May be empty.
using Marker = std::function<void(std::uint8_t plugin)>;

/// One answer for one plugin.
struct SideAnswer {
  std::uint8_t plugin;
  SideRequest request;
  Side side;
  bool is_fresh = false;  ///< asked for this check
};

struct CheckInput {
  const Asset& asset;
  const Page& page;                                 ///< features filled
  std::span<const store::PluginState> states = {};  ///< from the asset's last report blob
  std::span<const std::uint8_t> off = {};           ///< plugins blamed for a crash on this job
  std::span<const SideAnswer> sides = {};
  Marker marker = {};
};

/// Takes what `rules` name out of the body and fills `page.ignored` and `page.whole`, if there are
/// any; then `page.features`, if the body is to be read as HTML.
void add_features(Page& page, std::span<const IgnoreRule> rules = {});
/// By the rules of an asset that has inherited from its groups.
inline void add_features(Page& page, const Asset& asset) {
  add_features(page, asset.ignore ? std::span<const IgnoreRule>{*asset.ignore}
                                  : std::span<const IgnoreRule>{});
}

struct SidePlan {
  const Plugin* plugin;
  SideRequest request;
};
/// What the enabled plugins want beside the page, knowing `input.sides`, in order of plugin number;
/// also what they asked for before. A plugin whose `plan` throws asks for nothing.
std::vector<SidePlan> plan_sides(const CheckInput& input);

/// Runs every enabled plugin, the first stage before the second; sorted by number. Nothing a plugin
/// does within the language disturbs another: one that throws, or returns too long a state, or is
/// in `off`, reports `error` and loses its state. A state of another version of the plugin is
/// dropped. Disabled plugins are absent. Metrics that are not finite or not the plugin's own are
/// left out.
std::vector<store::PluginEntry> run_plugins(const CheckInput& input,
                                            std::span<const Plugin* const> plugins = all_plugins());

struct CheckResult {
  std::vector<store::PluginEntry> entries;  ///< sorted by plugin number, statistics' findings in
  std::vector<MetricStats> stats;  ///< of the model after this observation; empty if `!has_learned`
  AssetState state = AssetState::unknown;
  bool has_learned = false;  ///< false: page down or in doubt, or observation late
  std::string model;         ///< blob after this observation; empty if `!has_learned`
};

/// Judges plugin results and the page itself against `model` (blob; empty: nothing known) and
/// learns them unless the page was down or in doubt or the observation `is_late`. A disabled
/// asset's state is `paused`, a page whose outcome is inconclusive gives `inconclusive`. The page
/// is compared where html-stats has read it; an alert is a finding of its report. A model that does
/// not decode is begun anew: `warning` then says why.
struct Verdict {
  CheckResult result;
  std::optional<change::Verdict> change;  ///< nothing where the page was not compared
  std::string warning;
};
Verdict judge_entries(const Asset& asset, const Page& page, std::vector<store::PluginEntry> entries,
                      std::string_view model, bool is_late);

/// Both steps at once, for an asset without history: what `webmon check URL` prints.
CheckResult check_once(const CheckInput& input);

}  // namespace webmon::executor
