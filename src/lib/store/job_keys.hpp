/// The KEYS and ARGV that all job scripts begin with (lua/include/job_end.lua). Private to
/// lib/store.
#pragma once

#include <string>
#include <vector>

#include "lib/store/jobs.hpp"

namespace webmon::store {

inline std::vector<std::string> job_keys(const Keys& keys, const JobRef& job) {
  const auto p = job.id.partition();
  std::vector<std::string> names{keys.job(job.id), keys.pend(p), keys.asset(job.asset),
                                 keys.bucket(p, job.host)};
  if (!job.run.is_nil()) names.insert(names.end(), {keys.kept(p), keys.run_part(p, job.run)});
  return names;
}

inline std::vector<std::string> job_args(const JobRef& job) {
  return {job.run.is_nil() ? "" : "1"};
}

/// "3,7" of the field `off`. Errors: bad_frame.
Result<std::vector<std::uint8_t>> parse_off(std::string_view text);

}  // namespace webmon::store
