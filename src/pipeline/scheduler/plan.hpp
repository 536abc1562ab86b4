/// When an asset is checked: the decisions, without the driver. An asset's checks lie on a grid of
/// its own: all times t with t = phase (modulo interval), where the phase is a hash of its id, so
/// that 300,000 assets spread evenly over five minutes and keep their places over restarts.
/// Pure: `now` and the random number are arguments. Source: docs/scheduling.md.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lib/core/asset.hpp"
#include "lib/core/clock.hpp"
#include "lib/core/group.hpp"
#include "lib/store/schedule.hpp"

namespace webmon::scheduler {

/// The intervals that assets without one of their own have.
struct Intervals {
  std::optional<milliseconds> all{300'000};  ///< nothing: such assets are not checked by themselves
  std::map<std::string, milliseconds, std::less<>> of_tag;
  bool operator==(const Intervals&) const = default;
};

/// `configured`, with the interval of each group that says one in the place of its tag's.
Intervals with_groups(Intervals configured, const Groups& groups);

/// The asset's own interval, else the shortest of its tags', else that of all.
/// Nothing: it is not checked by itself (or it is disabled).
std::optional<milliseconds> interval_of(const store::PlanFields& asset, const Intervals& intervals);

/// 0 <= phase < interval. The same for ever: it is part of nothing stored, but a change of it would
/// move all checks at the next one.
milliseconds phase_of(AssetId id, milliseconds interval) noexcept;

/// Each slot of the grid is widened by this much, so that assets of equal phase come apart.
milliseconds most_jitter(milliseconds interval) noexcept;

/// The next check after one that is made at `now`: the first slot after it, or the second if the
/// first is nearer than half an interval, plus jitter from `random`. So what was missed is skipped,
/// never caught up, and in a row of punctual checks no slot is left out and none served twice.
/// `interval` is at least 1 s. The result is in [now + interval / 2, now + 3 / 2 interval +
/// jitter).
StoreTime next_check(AssetId id, milliseconds interval, StoreTime now,
                     std::uint64_t random) noexcept;

/// No check of a punctual asset is planned later than this.
StoreTime latest_check(milliseconds interval, StoreTime now) noexcept;

/// The time that an asset should have instead of `planned` (nothing: it has none); nothing if it
/// should have none. A time that is right comes back unchanged; one further away than its interval
/// allows (a shorter interval since, a clock that was set back) is planned anew from `now`.
std::optional<StoreTime> repaired(AssetId id, std::optional<milliseconds> interval,
                                  std::optional<StoreTime> planned, StoreTime now,
                                  std::uint64_t random) noexcept;

}  // namespace webmon::scheduler
