/// What the handlers of runs and jobs share.
#pragma once

#include "lib/store/runs.hpp"
#include "pipeline/api/context.hpp"

namespace webmon::api {

/// The run in the first path parameter; 400 bad_id, 404 not_found.
Awaitable<Checked<store::RunHeader>> load_run(Context& context, const Request& request);
/// Its jobs in one partition from `offset`; records that retention has deleted meanwhile are left
/// out.
Awaitable<Checked<std::vector<JobId>>> run_job_ids(Context& context, RunId run, Partition partition,
                                                   std::size_t offset, std::size_t count);
/// Records of the jobs that still exist, in the order of `ids`.
Awaitable<Checked<std::vector<store::JobRecord>>> load_jobs(Context& context,
                                                            std::vector<JobId> ids);
/// The newest `count` runs and those of `also`, as far as they are there.
Awaitable<Checked<std::vector<store::RunHeader>>> newest_runs(Context& context, std::size_t count,
                                                              std::vector<RunId> also);
/// The runs as the API shows them, in order.
Awaitable<Checked<boost::json::array>> describe_runs(Context& context,
                                                     std::vector<store::RunHeader> runs);
boost::json::object job_body(const store::JobRecord& job);

}  // namespace webmon::api
