/// What the scheduler has counted since its start; shown by STATUS and by the dispatcher's metrics.
#pragma once

#include <cstdint>

#include "lib/core/duration_histogram.hpp"

namespace webmon::scheduler {

struct Counters {
  std::uint64_t created = 0;    ///< checks submitted
  std::uint64_t busy = 0;       ///< left out: the asset's last scheduled job had not ended
  std::uint64_t moved = 0;      ///< a user, or another leader, had changed the time meanwhile
  std::uint64_t no_asset = 0;   ///< times of removed assets, taken out
  std::uint64_t unplanned = 0;  ///< times taken out because no interval applies
  std::uint64_t repaired = 0;   ///< times that the walk put right
  std::uint64_t walks = 0;      ///< repairs of all times that came to their end
  std::uint64_t held_back = 0;  ///< passes that submitted nothing: too many jobs have not ended
  DurationHistogram lag;        ///< of the created, how late
};

}  // namespace webmon::scheduler
