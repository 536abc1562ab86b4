#include "pipeline/dispatcher/status.hpp"

namespace webmon::dispatcher {
namespace {

constexpr std::size_t kMaxErrorText = 256;  // a reply has room for 4,096 bytes

}  // namespace

boost::json::object to_json(const Counters& c) {
  return {{"received", c.received},
          {"malformed", c.malformed},
          {"duplicates", c.duplicates},
          {"gone", c.gone},
          {"pushed", c.pushed},
          {"redispatched", c.redispatched},
          {"expired", c.expired},
          {"claimed", c.claimed},
          {"postponed", c.postponed},
          {"retried", c.retried},
          {"dead", c.dead},
          {"cancelled", c.cancelled},
          {"commands", c.commands},
          {"bad_commands", c.bad_commands}};
}

boost::json::object to_json(const FleetSum& fleet) {
  return {{"count", fleet.executors}, {"slots", fleet.slots}, {"in_flight", fleet.in_flight}};
}

boost::json::object to_json(const Snapshots& s) {
  return {{"epoch", s.epoch()},         {"durable", s.durable()},
          {"running", s.is_running()},  {"queued", s.is_queued()},
          {"completed", s.completed()}, {"last_duration_ms", s.last_duration().count()},
          {"failures", s.failures()},   {"last_error", s.last_error().substr(0, kMaxErrorText)}};
}

boost::json::object to_json(const scheduler::Scheduler& s) {
  const auto& c = s.counters();
  return {{"planned", s.counts().planned},
          {"overdue", s.counts().overdue},
          {"open_jobs", s.open_jobs()},
          {"lag_p50_ms", s.lag().quantile(0.50).count()},
          {"lag_p99_ms", s.lag().quantile(0.99).count()},
          {"created", c.created},
          {"busy", c.busy},
          {"moved", c.moved},
          {"no_asset", c.no_asset},
          {"unplanned", c.unplanned},
          {"repaired", c.repaired},
          {"walks", c.walks},
          {"held_back", c.held_back}};
}

}  // namespace webmon::dispatcher
