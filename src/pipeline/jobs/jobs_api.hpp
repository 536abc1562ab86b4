/// The Jobs API: records jobs in Redis and then sends their Job IDs to the dispatcher over ZeroMQ,
/// in that order, so that an ID in a message always has a record behind it. Used by the api's
/// handlers and by the scheduler alike. Not here: when a job is due (scheduler), who executes it
/// (dispatcher, executor). Threads: the loop of its Redis driver. Ownership: the ports outlive it;
/// it outlives the calls it was given.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/id.hpp"
#include "lib/core/rng.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/redis.hpp"
#include "lib/store/runs.hpp"
#include "lib/store/schedule.hpp"
#include "pipeline/jobs/asset_source.hpp"
#include "pipeline/jobs/job_sender.hpp"

namespace webmon {

struct JobRequest {
  AssetId asset;
  std::string host;
  RunId run;  ///< nil: not part of a run (the scheduler's)
  std::string
      key;  ///< not empty: the Job ID is made from key and asset, so a repeat makes the same job
};

struct SubmittedJob {
  JobId id;
  AssetId asset;
  store::Submitted outcome = store::Submitted::created;
};

struct RunRequest {
  std::string what;         ///< "ids", "tag:<tag>" or "all": as shown to users
  std::string key;          ///< idempotency key, 1 to 255 bytes; empty: none
  std::string fingerprint;  ///< of the whole request; a key that comes with another one is refused
};

struct RunStarted {
  enum class Kind : std::uint8_t {
    started,   ///< a new run, or one that a crash had interrupted and that is complete now
    repeated,  ///< the key was used before with the same request: this is its run
    mismatch,  ///< the key was used before with another request; nothing was done
    retired    ///< the key's run has ended and its record has been deleted; nothing was done
  } kind = Kind::started;
  RunId id;
  std::vector<JobId> jobs;      ///< the first kMaxAnsweredJobs
  std::uint64_t submitted = 0;  ///< jobs of the run
  std::uint64_t skipped = 0;    ///< disabled or removed meanwhile
  std::uint64_t epoch = 0;      ///< the snapshot that will cover all of it
};

/// A check that the scheduler asked for, with the Job ID that it was given.
struct ScheduledCheck {
  store::PlannedCheck check;
  store::Scheduled answer = store::Scheduled::created;
};

class JobsApi {
 public:
  static constexpr std::size_t kBatch = 500;  ///< jobs per batch to Redis
  static constexpr std::size_t kMaxAnsweredJobs = 10'000;
  static constexpr seconds kKeyLife{86'400};

  struct Counters {
    std::uint64_t created = 0, existed = 0, no_asset = 0;
    std::uint64_t sent = 0;
    std::uint64_t unsent = 0;  ///< recorded, but the send would have blocked: left to the due scan
  };

  JobsApi(store::Redis& redis, store::Keys keys, JobSender& sender, Clock& clock, Rng& rng);

  /// Records `requests` in batches of kBatch, each batch's IDs sent once Redis has confirmed it.
  /// Answers are in the order of the requests. Errors: those of Redis::send, store_refused; what
  /// was confirmed before stays recorded. `done` is called exactly once, from within only if
  /// `requests` is empty.
  using SubmitDone = std::function<void(Result<std::vector<SubmittedJob>>)>;
  void submit(std::vector<JobRequest> requests, SubmitDone done);

  /// Starts a run: header first, then its jobs page by page, then the header again as complete.
  /// After an error the run stays incomplete; the same key continues it. `done` is called exactly
  /// once, never from within.
  using RunDone = std::function<void(Result<RunStarted>)>;
  void start_run(RunRequest request, std::unique_ptr<AssetSource> source, RunDone done);

  /// Records the jobs of checks that are due and moves their assets' times on, one script per
  /// partition; `job` of each check is filled here. Answers are in order of partitions; checks
  /// whose script failed are left out, unless all failed. Errors: those of Redis::send,
  /// store_refused. `done` is called exactly once, from within only if `checks` is empty.
  using ScheduleDone = std::function<void(Result<std::vector<ScheduledCheck>>)>;
  void schedule(std::vector<store::PlannedCheck> checks, ScheduleDone done);

  const Counters& counters() const noexcept { return counters_; }

 private:
  struct Submission;
  struct RunStart;
  void submit_batch(std::shared_ptr<Submission> submission);
  void confirm(Submission& submission, store::Submitted outcome);
  void confirm(JobId id, store::Scheduled answer);
  JobId job_id(const JobRequest& request);

  store::Redis& redis_;
  store::Keys keys_;
  JobSender& sender_;
  Clock& clock_;
  Rng& rng_;
  Counters counters_;
};

/// The brief calls this class so.
using Ronald = JobsApi;

}  // namespace webmon
