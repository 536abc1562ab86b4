#include "pipeline/scheduler/plan.hpp"

#include <algorithm>

namespace webmon::scheduler {
namespace {

constexpr milliseconds kMostJitter{15'000};

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014): ids of one import share most of their
/// bits.
std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

std::uint64_t hash_of(AssetId id) noexcept {
  std::uint64_t halves[2] = {0, 0};
  for (std::size_t i = 0; i < 16; ++i) halves[i / 8] = halves[i / 8] << 8U | id.bytes()[i];
  return mix(mix(halves[0]) ^ halves[1]);
}

/// The first slot after `now`.
StoreTime slot_after(StoreTime now, milliseconds phase, milliseconds interval) noexcept {
  const auto since = (to_ms(now) - phase.count()) % interval.count();
  const auto passed = since < 0 ? since + interval.count() : since;
  return now - milliseconds{passed} + interval;
}

}  // namespace

Intervals with_groups(Intervals configured, const Groups& groups) {
  for (const auto& [tag, group] : groups)
    if (group.options.interval) configured.of_tag.insert_or_assign(tag, *group.options.interval);
  return configured;
}

std::optional<milliseconds> interval_of(const store::PlanFields& asset,
                                        const Intervals& intervals) {
  if (!asset.is_enabled) return std::nullopt;
  if (asset.interval) return asset.interval;
  std::optional<milliseconds> shortest;
  for (const auto& tag : asset.tags) {
    const auto at = intervals.of_tag.find(tag);
    if (at != intervals.of_tag.end() && (!shortest || at->second < *shortest))
      shortest = at->second;
  }
  return shortest ? shortest : intervals.all;
}

milliseconds phase_of(AssetId id, milliseconds interval) noexcept {
  return milliseconds{hash_of(id) % static_cast<std::uint64_t>(interval.count())};
}

milliseconds most_jitter(milliseconds interval) noexcept {
  return std::min(interval / 20, kMostJitter);
}

StoreTime next_check(AssetId id, milliseconds interval, StoreTime now,
                     std::uint64_t random) noexcept {
  auto slot = slot_after(now, phase_of(id, interval), interval);
  if (slot - now < interval / 2) slot += interval;
  const auto most =
      static_cast<std::uint64_t>(std::max<std::int64_t>(most_jitter(interval).count(), 1));
  return slot + milliseconds{random % most};
}

StoreTime latest_check(milliseconds interval, StoreTime now) noexcept {
  return now + interval + interval / 2 + most_jitter(interval);
}

std::optional<StoreTime> repaired(AssetId id, std::optional<milliseconds> interval,
                                  std::optional<StoreTime> planned, StoreTime now,
                                  std::uint64_t random) noexcept {
  if (!interval) return std::nullopt;
  if (planned && *planned <= latest_check(*interval, now)) return planned;
  const auto jitter =
      static_cast<std::uint64_t>(std::max<std::int64_t>(most_jitter(*interval).count(), 1));
  return slot_after(now, phase_of(id, *interval), *interval) + milliseconds{random % jitter};
}

}  // namespace webmon::scheduler
