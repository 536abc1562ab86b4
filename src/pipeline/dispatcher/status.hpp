/// The parts of the answer to STATUS as JSON. Field names are a contract: docs/wire.md "STATUS".
#pragma once

#include <boost/json.hpp>

#include "pipeline/dispatcher/counters.hpp"
#include "pipeline/dispatcher/fleet.hpp"
#include "pipeline/dispatcher/snapshots.hpp"

namespace webmon::dispatcher {

boost::json::object to_json(const Counters& counters);
boost::json::object to_json(const FleetSum& fleet);
boost::json::object to_json(const Snapshots& snapshots);

}  // namespace webmon::dispatcher
