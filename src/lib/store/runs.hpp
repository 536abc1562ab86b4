/// Runs: jobs submitted together. The header is one hash; the counters are one hash per partition,
/// moved by the job scripts; the status is their sum. Pure, pairs of add/read as in jobs.hpp.
#pragma once

#include <array>
#include <bitset>

#include "lib/store/jobs.hpp"

namespace webmon::store {

struct RunHeader {
  RunId id;
  std::string what;  ///< "ids", "tag:<tag>" or "all"
  StoreTime created{};
  std::uint64_t submitted = 0;  ///< jobs recorded; final once `is_complete`
  bool is_complete = false;     ///< the submission has gone through all assets
  std::bitset<kPartitions> parts;
  StoreTime ended{};  ///< when it was first seen ended (add_run_mark_ended); epoch: not yet
};
struct RunCounts {
  std::uint64_t total = 0, leased = 0, done = 0, dead = 0, cancelled = 0;
  std::array<std::uint64_t, kAssetStates> states{};  ///< by result of the done jobs
  std::uint64_t ready() const noexcept { return total - leased - done - dead - cancelled; }
  bool has_ended() const noexcept { return total == done + dead + cancelled; }
};

/// Writes the header (HSET, ZADD wm:runs): two replies. Call at the start and again when complete.
std::size_t add_run_put(Batch& batch, const Keys& keys, const RunHeader& run);
void add_run_header(Batch& batch, const Keys& keys, RunId id);
Result<std::optional<RunHeader>> read_run_header(RunId id, const Reply& reply);

/// One HGETALL per partition of the run, in order of partition: `add` returns how many replies
/// `sum` takes.
std::size_t add_run_counts(Batch& batch, const Keys& keys, const RunHeader& run);
Result<RunCounts> sum_run_counts(std::span<const Reply> replies);

/// Job ids of a run in one partition, `count` from `offset` (LRANGE).
void add_run_jobs(Batch& batch, const Keys& keys, RunId id, Partition p, std::size_t offset,
                  std::size_t count);
Result<std::vector<JobId>> read_job_ids(const Reply& reply);

/// Newest first, at most `count` (ZREVRANGE wm:runs).
void add_run_list(Batch& batch, const Keys& keys, std::size_t count);
Result<std::vector<RunId>> read_run_list(const Reply& reply);

/// A place in the list of runs: behind this run, whose `created` is its score.
struct RunPlace {
  StoreTime created{};
  RunId id;
};
/// Runs behind `place`, newest first; `place` nothing: from the newest. Read with the same `count`,
/// at most so many.
void add_runs_after(Batch& batch, const Keys& keys, const std::optional<RunPlace>& place,
                    std::size_t count);
Result<std::vector<RunPlace>> read_runs_after(const Reply& reply,
                                              const std::optional<RunPlace>& place,
                                              std::size_t count);

/// Retires a run that ended over kRunRetention ago: deletes up to 200 of its jobs in one partition;
/// the answer is how many are left. With 0 left in all partitions, `add_run_delete` removes the run
/// itself.
void add_run_retire(Batch& batch, const Keys& keys, RunId id, Partition p,
                    std::span<const JobId> jobs);
std::size_t add_run_delete(Batch& batch, const Keys& keys, const RunHeader& run);
/// Marks when the run was first seen ended, if its header is still there.
void add_run_mark_ended(Batch& batch, const Keys& keys, RunId id, StoreTime now);

/// Ended jobs of a partition above `most`: the oldest, at most `limit` at a time. Two replies; then
/// delete them.
std::size_t add_kept_overflow(Batch& batch, const Keys& keys, Partition p, std::size_t limit = 200);
Result<std::vector<JobId>> read_kept_overflow(std::span<const Reply> replies,
                                              std::size_t most = kMaxKeptJobs);
void add_kept_retire(Batch& batch, const Keys& keys, Partition p, std::span<const JobId> jobs);

}  // namespace webmon::store
