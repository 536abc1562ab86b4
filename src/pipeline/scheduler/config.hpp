/// The scheduler's settings. Defaults are the member initialisers, nowhere else.
#pragma once

#include <cstddef>

#include "pipeline/scheduler/plan.hpp"

namespace webmon::scheduler {

struct ScheduleConfig {
  Intervals intervals;
  /// No check is submitted while this many jobs have not ended: what is overdue then waits in the
  /// schedule, where it costs nothing more.
  std::size_t most_open = 20'000;
  std::size_t most_per_pass = 2'000;  ///< checks submitted by one pass, so that a pass stays short
  milliseconds walk_every{300'000};   ///< from one repair of all times to the next
  milliseconds count_every{5'000};    ///< from one count of what is overdue to the next
};

}  // namespace webmon::scheduler
