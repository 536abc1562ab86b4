/// The plugin contract: one file per plugin, a constexpr descriptor, pure functions,
/// self-registration. How to write one: docs/plugins.md. Everything here is pure; plugins do no I/O
/// and have no globals.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/asset.hpp"
#include "lib/core/page.hpp"
#include "lib/core/report.hpp"

namespace webmon {

/// What it means that a metric is far from its history; says which side counts and how bad it is.
enum class Excess : std::uint8_t {
  change,     ///< either side: finding `excessive_change`, warn
  injection,  ///< the same, but crit if there is more than usual: iframes, scripts, forms, objects,
              ///< embeds
  slow,       ///< only above: finding `slow`, warn
  slow_part   ///< the same, info: it explains, the total decides
};

/// One number that a plugin reports. `number` is permanent: never reused, a test guards
/// docs/plugins.md's list.
struct MetricSpec {
  std::string_view name;  ///< snake_case with its unit: "connect_ms", "body_bytes", "iframe_count"
  std::uint16_t number;   ///< plugin number * 100 + 0..99
  std::string_view unit;  ///< "ms", "bytes", "count", "ratio", "days"
  bool is_statistical;    ///< flows into the statistics engine
  double floor_absolute;  ///< smallest sigma the detector assumes, in the unit (the sigma = 0 rule)
  double floor_relative;  ///< the same as a share of |mean|
  std::string_view help;
  Excess excess = Excess::change;
};

/// What a member of `Report::facts` or an option of an asset is, in JSON.
enum class ValueType : std::uint8_t { text, boolean, integer, number, texts, object, objects };
/// "string", "boolean", "integer", "number", "array of strings", "object", "array of objects".
std::string_view to_string(ValueType type) noexcept;

/// One member of `Report::facts`, for people and programs. A plugin may leave facts out, or say
/// null where it cannot tell; it writes no others (checked by `run_plugin` of the plugins' tests).
struct FactSpec {
  std::string_view name;  ///< snake_case, its unit in it where it has one
  ValueType type;
  std::string_view help;  ///< what it says, with its bound if it is a list
  std::string_view unit = {};
};

/// One reason that a report may give, or one code of a finding, with its threshold. Those of the
/// executor (`exception` ...) and of the statistics (`excessive_change`, `slow`) are not listed.
struct ReasonSpec {
  ReportState state;  ///< of the report; `ok` for a finding of severity info
  std::string_view reason;
  std::string_view help;
};

/// One member of `Asset::plugins[name]`, beside `enabled`, which every plugin has.
struct OptionSpec {
  std::string_view name;
  ValueType type;
  std::string_view preset;  ///< what holds where the asset says nothing, in words
  std::string_view help;
};

/// Which wave a plugin runs in. Those of the second see the reports of the first, which is for what
/// decides how the others must look at the page.
enum class Stage : std::uint8_t { first, second };

inline constexpr std::size_t kMaxSideAnswer = 64U << 10U;

/// A request that a plugin needs beside the page. The executor performs it once in a lifetime for
/// all assets that ask the same, within its budget for the host: docs/plugins.md, "Side requests".
struct SideRequest {
  enum class Kind : std::uint8_t { http, dns, exec };
  Kind kind = Kind::http;
  /// http: a URL, fetched by GET; dns: a name; exec: a program of the directory that the operator
  /// allows, and its arguments, a line each.
  std::string target;
  seconds lifetime{3'600};              ///< how long an answer serves; 0: for this check alone
  std::size_t max_bytes = 512U << 10U;  ///< http: of the body; the digest gets the first part
  std::string_view user_agent = {};     ///< http: in place of Webmon's own; in static storage
  milliseconds deadline{10'000};        ///< exec: then it is ended
  /// http: what is kept of an answer, whatever its status, at most kMaxSideAnswer bytes. Pure.
  std::string (*digest)(const Page& answer) = nullptr;
};
/// Views are valid while `plan` or `run` is.
struct SideResult {
  SideRequest::Kind kind = SideRequest::Kind::http;
  std::string_view target;
  /// What `digest` made. Dns: as lib/fetch/records.hpp says. Exec: "exited 2 153", "killed 9 153"
  /// or "overran 9 10000" (how it ended; exit status or signal; milliseconds), a line end, its
  /// output. If not ok, why.
  std::string_view answer;
  bool is_ok = false;     ///< something answered
  bool is_fresh = false;  ///< asked for this check, not kept since an earlier one
};
/// The answer for that target, or nullptr if it was not asked for yet.
const SideResult* find_side(std::span<const SideResult> sides, std::string_view target) noexcept;

inline constexpr std::size_t kMaxPluginState = 512;

struct PluginInput {
  const Page& page;
  const Asset& asset;
  std::span<const SideResult> sides;  ///< what it planned, in that order
  std::span<const Report> earlier;    ///< reports of the first stage, for the second
  std::string_view
      state;  ///< what `next_state` was last time with the same plugin version, or empty
};
struct PluginOutput {
  Report report;           ///< `plugin` and `version` are filled in by the caller
  std::string next_state;  ///< at most kMaxPluginState bytes, opaque; a longer one is a bug and
                           ///< becomes `error`
};

struct Plugin {
  std::string_view name;  ///< kebab-case, stable
  std::uint8_t number;    ///< permanent, 1 to 255
  std::uint8_t
      version;  ///< raised when metrics, facts or state change meaning; old state is then dropped
  Stage stage = Stage::second;
  /// Given the page with what the asset's ignore rules take out: it tells what a page is, or what
  /// is wrong with it, which no rule may hide.
  bool sees_ignored = false;
  /// Its numbers tell what the page contains, not how it is served: where the page as a whole is as
  /// it uses to be, one of them that is far off is no more than a remark.
  bool describes_content = false;
  std::string_view summary = {};  ///< one sentence for `webmon plugins`
  std::span<const MetricSpec> metrics = {};
  std::span<const FactSpec> facts = {};
  std::span<const ReasonSpec> reasons = {};
  std::span<const OptionSpec> options = {};
  /// What it wants beside the page; asked again when that is there (`known`, in the order of
  /// asking), until it wants no more, 3 times at most. Null: never anything.
  std::vector<SideRequest> (*plan)(const Page&, const Asset&,
                                   std::span<const SideResult> known) = nullptr;
  PluginOutput (*run)(const PluginInput&) = nullptr;  ///< throws only std::bad_alloc
};

/// All plugins compiled in, sorted by number. Read only after main has started.
std::span<const Plugin* const> all_plugins() noexcept;
const Plugin* find_plugin(std::string_view name) noexcept;
const Plugin* find_plugin(std::uint8_t number) noexcept;
/// The metric with this number and its plugin, or nullptr.
const MetricSpec* find_metric(std::uint16_t number) noexcept;

/// A static object of this type in a plugin's file registers it. Two plugins with one name or
/// number abort at start: that is a bug of the build. The plugins are an OBJECT library linked
/// directly by each executable.
class Registration {
 public:
  explicit Registration(const Plugin& plugin);
};

}  // namespace webmon
