/// Job records in Redis: typed forms of the job scripts. Each operation is a pair: `add_x` appends
/// one command to a batch, `read_x` reads its reply. Pure; any driver carries them. The state
/// machine is docs/job-states.md:
///   ready -> leased -> done | dead;  leased -> ready on expiry, retry or release;  ready | leased
///   -> cancelled
/// Every script takes its time from Redis (TIME) and declares every key in KEYS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/asset.hpp"
#include "lib/core/clock.hpp"
#include "lib/core/id.hpp"
#include "lib/core/result.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/reply.hpp"

namespace webmon::store {

enum class JobState : std::uint8_t { ready, leased, done, dead, cancelled };
std::string_view to_string(JobState state) noexcept;
Result<JobState> parse_job_state(std::string_view text);

inline constexpr int kMaxAttempts = 5;
inline constexpr int kMaxKills = 3;  ///< crashes of the worker that end a job as dead
inline constexpr milliseconds kHintGrace{
    2'000};  ///< from submit until the due scan may pick a job up
inline constexpr milliseconds kRedispatch{
    10'000};  ///< from a push until it is pushed again unclaimed
inline constexpr milliseconds kBackoffMost{60'000};  ///< retry n waits min(this, 2^(n-1) s) +-20 %
inline constexpr milliseconds kRunRetention{
    3'600'000};                               ///< jobs of a run live that long after the run ends
inline constexpr int kMaxKeptJobs = 100'000;  ///< ended jobs per partition
inline constexpr int kMaxDeadJobs = 10'000;   ///< dead letters per partition, 30 days

/// Where a job's keys are. Read first by whoever got only a Job ID.
struct JobRef {
  JobId id;
  AssetId asset;
  RunId run;  ///< nil: submitted by the scheduler
  std::string host;
};

/// HMGET; nullopt: no such job (ended and deleted, or never was).
struct JobHead {
  JobRef ref;
  JobState state = JobState::ready;
  StoreTime next{};  ///< postponed until then, while ready
};
void add_job_head(Batch& batch, const Keys& keys, JobId id);
Result<std::optional<JobHead>> read_job_head(JobId id, const Reply& reply);

/// Records one job as ready and counts it into its run. A repeat with the same id changes nothing.
enum class Submitted : std::uint8_t { created, existed, no_asset };
void add_submit(Batch& batch, const Keys& keys, const JobRef& job);
Result<Submitted> read_submit(const Reply& reply);

/// Ids whose next action is due, oldest first, at most `limit`. A plain ZRANGEBYSCORE: cost grows
/// with what is due.
void add_due_scan(Batch& batch, const Keys& keys, Partition partition, StoreTime now,
                  std::size_t limit);
Result<std::vector<JobId>> read_due_scan(const Reply& reply);

/// Moves one due job: ready -> pushed again at once (pend = now + kRedispatch); lease expired ->
/// ready with backoff and kills + 1, or dead; asset gone -> cancelled; terminal or missing -> taken
/// out of `pend`.
enum class Due : std::uint8_t { dispatch, not_yet, retried, dead, cancelled, gone };
void add_due(Batch& batch, const Keys& keys, const JobRef& job, std::uint32_t jitter_permille);
Result<Due> read_due(const Reply& reply);
/// The same for a pend entry whose job record is missing: only takes it out.
void add_due_missing(Batch& batch, const Keys& keys, JobId id);

/// Politeness of one host as the claiming executor's configuration has it.
struct HostLimits {
  double per_second = 10;  ///< 0: no limit
  int at_once = 4;         ///< 0: no limit
};
struct ClaimArgs {
  std::string token;   ///< 32 hex digits, random, new at each claim
  std::string worker;  ///< executor id
  milliseconds lease{40'000};
  HostLimits limits;
};
struct Claim {
  enum class Kind : std::uint8_t { claimed, refused, postponed, cancelled, gone } kind = Kind::gone;
  StoreTime now{};  ///< store time of the answer
  StoreTime
      until{};  ///< claimed: end of the lease; postponed: when to try again (no attempt spent)
  int attempt = 0;
  int kills = 0;
  std::vector<std::uint8_t> off;  ///< plugins blamed for a crash on this job: run with these off
};
void add_claim(Batch& batch, const Keys& keys, const JobRef& job, const ClaimArgs& args);
Result<Claim> read_claim(const Reply& reply);

/// What an executor needs of the asset; to be pipelined BEHIND the claim, the asset hash before the
/// model, so that `rev` is never newer than the model read. nullopt: removed.
struct AssetHead {
  Asset asset;
  std::uint64_t rev = 0;  ///< grows with every commit and every change of the asset
  std::uint64_t n = 0;    ///< committed observations
  AssetState state = AssetState::unknown;
  StoreTime observed{};              ///< newest observation; epoch if none
  std::uint32_t history_layout = 0;  ///< of the ring now in Redis; 0: none
};
void add_asset_head(Batch& batch, const Keys& keys, AssetId id);
Result<std::optional<AssetHead>> read_asset_head(const Reply& reply);
void add_model(Batch& batch, const Keys& keys,
               AssetId id);  ///< GET; read by as_text, empty if none

/// Extends a lease. False: it is not ours any more, abort the job at once.
void add_renew(Batch& batch, const Keys& keys, const JobRef& job, const ClaimArgs& args);
Result<bool> read_renew(const Reply& reply);

/// Commits one observation and ends the job, all or nothing, if the token holds and `rev` is still
/// the asset's.
struct FinishArgs {
  std::string token;
  std::uint64_t rev = 0;
  AssetState old_state = AssetState::unknown;  ///< as read with `rev`
  AssetState new_state = AssetState::unknown;
  StoreTime observed{};  ///< becomes the asset's `obs` if newer
  std::string model;     ///< blob; empty: leave the model as it is (late observation, page down)
  std::string report;    ///< blob; empty: leave it (late observation)
  std::size_t history_offset = 0;  ///< SETRANGE of `history_row` there
  std::string history_row;
  std::string
      history_header;  ///< not empty: start a new ring with it; the old one is kept readable
  std::size_t history_size = 0;  ///< bytes of the whole ring, pre-sized at its start
  std::uint32_t history_layout = 0;
  bool is_told = false;  ///< as an event (events.hpp) even if the state stays; a change always is
};
enum class Finished : std::uint8_t { done, fenced, stale, cancelled };
/// Appends the staging SETs and the script: `finish_replies` replies, of which the last is for
/// read_finish. If a staging SET failed, the script answers an error and nothing is changed.
std::size_t add_finish(Batch& batch, const Keys& keys, const JobRef& job, const FinishArgs& args);
Result<Finished> read_finish(const Reply& reply);

/// Gives a lease back before its end.
struct Release {
  enum class Kind : std::uint8_t {
    give_back,  ///< innocent: ready now, attempt not counted, kills unchanged
    retry,      ///< Webmon's own trouble: ready after backoff, dead after kMaxAttempts
    blame,      ///< a plugin crashed or overran: ready now with `plugin` off
    crash       ///< crashed outside plugins: kills + 1, dead at kMaxKills
  } kind = Kind::give_back;
  std::uint8_t plugin = 0;
  std::string error;  ///< stored as the job's last error, at most 200 bytes
  std::uint32_t jitter_permille = 0;
};
enum class Released : std::uint8_t { ready, dead, fenced };
void add_release(Batch& batch, const Keys& keys, const JobRef& job, std::string_view token,
                 const Release& release);
Result<Released> read_release(const Reply& reply);

/// ready | leased -> cancelled. A later finish of it is fenced.
enum class Cancelled : std::uint8_t { cancelled, already_ended, gone };
void add_cancel(Batch& batch, const Keys& keys, const JobRef& job);
Result<Cancelled> read_cancel(const Reply& reply);

/// The whole record, for the API. nullopt: no such job.
struct JobRecord {
  JobRef ref;
  JobState state = JobState::ready;
  int attempts = 0, kills = 0;
  std::string worker, error;
  StoreTime created{}, leased_until{}, ended{};
  std::optional<AssetState> result;  ///< state of the asset that the job left, once done
  std::vector<std::uint8_t> off;
};
void add_job(Batch& batch, const Keys& keys, JobId id);
Result<std::optional<JobRecord>> read_job(JobId id, const Reply& reply);

}  // namespace webmon::store
