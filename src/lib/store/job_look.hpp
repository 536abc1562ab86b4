/// The short look at a job: has it been claimed, does it wait? For who knows where its keys are, or
/// need not know; job heads (jobs.hpp) say that too and cost Redis half as much again.
#pragma once

#include <optional>

#include "lib/store/jobs.hpp"

namespace webmon::store {

struct JobLook {
  JobState state = JobState::ready;
  StoreTime next{};  ///< postponed until then, while ready
};
/// HMGET; nullopt: no such job (ended and deleted, or never was). Errors of read_: bad_frame, or
/// what Redis answered.
void add_job_look(Batch& batch, const Keys& keys, JobId id);
Result<std::optional<JobLook>> read_job_look(const Reply& reply);

}  // namespace webmon::store
