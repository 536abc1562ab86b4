/// One simulated life: dispatchers, executors, an api, users and a nemesis, all chosen by a seed.
/// Faults for a while, then peace; then everything must have settled, and after the retention
/// nothing may be left.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/store/scripts.hpp"

namespace webmon::sim {

/// A mistake planted on purpose, to see that the checks bite.
struct Bug {
  std::string name;
  std::optional<store::Script> script;  ///< nothing: it is in an actor
  std::string from, to;                 ///< text of the script, and what stands there instead
};
const std::vector<Bug>& seeded_bugs();

struct LifeResult {
  std::vector<std::string> violations;
  std::uint64_t turns = 0, commands = 0, commits = 0, fenced = 0, stale = 0;
  std::uint64_t scheduled = 0, rollbacks = 0, jobs = 0, lost_messages = 0, promises = 0, kills = 0;
  milliseconds settled_in{};  ///< from the last fault until every job had ended
};

/// `bug`: planted from the start. Throws std::logic_error if its text is not in the script.
/// `traced`: a job id; what happens to it is printed.
LifeResult live(std::uint64_t seed, const Bug* bug = nullptr, const std::string& traced = {});

}  // namespace webmon::sim
