/// What must hold between the store and the books at any moment, and what must be left at the end
/// of a life. Reads the store behind everybody's back.
#pragma once

#include <string>
#include <string_view>

#include "tests/sim/ledger.hpp"
#include "tests/sim/store_model.hpp"

namespace webmon::sim {

/// I2, I3, I5, I7 of docs/reliability.md, n = committed observations, sets, counters of runs and
/// hosts. Notes violations in `ledger`.
void check_store(const StoreModel& store, Ledger& ledger);

/// The fields of a hash, for people.
std::string describe(const StoreModel& store, std::string_view key);

/// After everything has settled and the retention of runs is over: nothing of a job is left but
/// dead letters, and no secret anywhere but in an asset's document.
void check_leftovers(const StoreModel& store, Ledger& ledger);

}  // namespace webmon::sim
