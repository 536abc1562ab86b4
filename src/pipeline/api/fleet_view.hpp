/// What spans partitions, read in two batches: for GET fleet and for the fleet's part of the
/// metrics. Internal to this folder.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "lib/core/asset.hpp"
#include "lib/store/fleet.hpp"
#include "pipeline/api/context.hpp"

namespace webmon::api {

struct FleetView {
  std::uint64_t assets = 0, pending = 0, dead = 0, planned = 0, overdue = 0;
  std::array<std::uint64_t, kAssetStates> states{};
  std::vector<store::ExecutorBeat> executors;  ///< alive
  std::optional<store::LeaderReport> leader;   ///< nothing: nobody leads
  store::SnapState snapshots;
  store::Persistence persistence;
};

Awaitable<Checked<FleetView>> read_fleet(Context& context);

/// The view that scrapes share: read at most once a second, however many ask.
struct FleetCache {
  std::shared_ptr<const FleetView> view;  ///< null: not read yet, or Redis did not answer
  std::optional<MonoTime> read_at;        ///< when the last reading began
};
Awaitable<std::shared_ptr<const FleetView>> fleet_for_scrape(Context& context);

}  // namespace webmon::api
