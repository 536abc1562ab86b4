// Mistakes that somebody could make in an edit of the job scripts. Each must be found by the
// simulation (ctest sim.bug.*).
#include "tests/sim/life.hpp"

namespace webmon::sim {

const std::vector<Bug>& seeded_bugs() {
  using store::Script;
  static const std::vector<Bug> kBugs{
      {"finish-not-fenced", Script::finish, "job[1] ~= 'leased' or job[2] ~= ARGV[2]",
       "job[1] ~= 'leased'"},
      {"finish-ignores-rev", Script::finish, "asset[1] ~= ARGV[3] or asset[3] ~= ARGV[4]", "false"},
      {"finish-leaves-pend", Script::finish, "redis.call('ZREM', KEYS[2], job_id)", ""},
      {"finish-counts-twice", Script::finish, "asset[2] + 1", "asset[2] + 2"},
      {"release-not-fenced", Script::release, "job[1] ~= 'leased' or job[2] ~= ARGV[2]",
       "job[1] ~= 'leased'"},
      {"release-never-dead", Script::release, "kills >= tonumber(ARGV[7])", "false"},
      {"release-keeps-host", Script::release, "redis.call('HINCRBY', KEYS[4], 'busy', '-1') < 0",
       "false"},
      {"claim-of-leased", Script::claim, "if job[1] ~= 'ready' then return {'refused', now} end",
       ""},
      {"submit-overwrites", Script::submit, "if known == 3 then return 'existed' end", ""},
      {"retire-keeps-jobs", Script::retire, "if st and st ~= 'dead' then", "if false then"},
      {"boot-forgets-promises", Script::snap_boot, "'lost', ARGV[5]", "'lost', ''"},
      {"schedule-piles-up", Script::schedule, "redis.call('ZSCORE', KEYS[1], before)", "false"},
      {"anyone-leads", Script::lead, "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end",
       ""},
      {"tokens-counted", std::nullopt, "", ""},
  };
  return kBugs;
}

}  // namespace webmon::sim
