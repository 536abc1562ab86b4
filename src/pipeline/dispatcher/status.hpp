/// The parts of the answer to STATUS as JSON. Field names are a contract: docs/wire.md "STATUS".
#pragma once

#include <boost/json.hpp>

#include "pipeline/dispatcher/counters.hpp"
#include "pipeline/dispatcher/fleet.hpp"
#include "pipeline/dispatcher/snapshots.hpp"
#include "pipeline/scheduler/scheduler.hpp"

namespace webmon::dispatcher {

boost::json::object to_json(const Counters& counters);
boost::json::object to_json(const FleetSum& fleet);
boost::json::object to_json(const Snapshots& snapshots);
boost::json::object to_json(const scheduler::Scheduler& scheduler);

}  // namespace webmon::dispatcher
