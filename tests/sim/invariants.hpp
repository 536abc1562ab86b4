/// What must hold between the store and the books at any moment, and what must be left at the end
/// of a life. Reads the store behind everybody's back.
#pragma once

#include <string>
#include <string_view>

#include "lib/core/clock.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/store_model.hpp"

namespace webmon::sim {

/// I2, I3, I5, I7 of docs/reliability.md, n = committed observations, sets, counters of runs and
/// hosts. Notes violations in `ledger`.
void check_store(const StoreModel& store, Ledger& ledger);

/// In peace every asset that is not paused has a time for its next check, and it has not passed by
/// much. For lives in which every asset has an interval.
void check_schedule(const StoreModel& store, StoreTime now, Ledger& ledger);

/// The fields of a hash, for people.
std::string describe(const StoreModel& store, std::string_view key);

/// After everything has settled and the retention of runs is over: nothing of a job is left but
/// dead letters, and no secret anywhere but in an asset's document.
void check_leftovers(const StoreModel& store, Ledger& ledger);

}  // namespace webmon::sim
