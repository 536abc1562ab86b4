/// What spans partitions: schema, snapshot epochs, the leader's lease, executors alive. Pure,
/// add/read pairs.
#pragma once

#include "lib/store/jobs.hpp"

namespace webmon::store {

inline constexpr int kSchema = 1;     ///< what this build writes
inline constexpr int kMinReader = 1;  ///< oldest build that may read it

/// Creates wm:meta if Redis is empty of it, else checks it. Errors: schema, saying both versions
/// and what to do.
void add_meta_check(Batch& batch, const Keys& keys);
Result<void> read_meta_check(const Reply& reply);

void add_time(Batch& batch);  ///< TIME
Result<StoreTime> read_time(const Reply& reply);

/// Snapshot bookkeeping (docs/redis.md, wm:snap). An epoch is one BGSAVE; the epoch that covers a
/// write is the one after the value read behind the write.
struct SnapState {
  std::uint64_t epoch = 0;    ///< last one begun
  std::uint64_t durable = 0;  ///< last one ended well
  milliseconds last_duration{};
  std::string boot;  ///< Redis' run_id that `epoch` belongs to
  std::vector<std::pair<std::uint64_t, std::uint64_t>>
      lost;  ///< [first, last] epochs that a restart took away
};
/// A restart of Redis took away what `epoch` was promised to cover.
bool is_lost(const SnapState& snap, std::uint64_t epoch) noexcept;
void add_snap_state(Batch& batch, const Keys& keys);
Result<SnapState> read_snap_state(const Reply& reply);
void add_snap_begin(Batch& batch, const Keys& keys);  ///< HINCRBY epoch 1 -> integer
std::size_t add_snap_durable(Batch& batch, const Keys& keys, std::uint64_t epoch,
                             milliseconds duration);
/// After a Redis restart: epochs after `durable` that somebody was promised are lost; numbering
/// goes on above them: above `now` (store time) in milliseconds, so that no number is promised
/// twice even if Redis dies again before its first snapshot; and above `promised`, the highest that
/// the caller has heard of, in case the clock was set back.
void add_snap_boot(Batch& batch, const Keys& keys, std::string_view run_id, const SnapState& loaded,
                   StoreTime now, std::uint64_t promised = 0);

/// From INFO persistence and server.
struct Persistence {
  std::string run_id;
  std::uint64_t rdb_saves = 0;
  bool is_saving = false;
  bool last_ok = true;
  bool is_loading = false;
  std::uint64_t used_memory = 0;
  StoreTime
      last_save{};  ///< end of the last good save; of Redis' start before the first; 0: not told
};
void add_persistence(Batch& batch);  ///< INFO everything needed, one command
Result<Persistence> read_persistence(const Reply& reply);

/// The leader's lease: SET NX PX, and renewal or release only with the own token.
void add_lead(Batch& batch, const Keys& keys, std::string_view token,
              milliseconds term);            ///< take or renew
Result<bool> read_lead(const Reply& reply);  ///< true: we hold it
void add_unlead(Batch& batch, const Keys& keys, std::string_view token);

/// What the leading dispatcher tells the fleet with each renewal of its lease; lives as long as a
/// lease, so that what is read is of a leader that lives.
struct LeaderReport {
  std::uint64_t open_jobs = 0;              ///< not ended
  milliseconds lag_p50{}, lag_p99{};        ///< of the newest 4,096 scheduled checks
  std::size_t window = 0, outstanding = 0;  ///< places of the streamer; taken of them
};
void add_leader_report(Batch& batch, const Keys& keys, const LeaderReport& report,
                       milliseconds term);
void add_leader_report_read(Batch& batch, const Keys& keys);
/// Nothing: nobody leads, or a build that does not tell.
Result<std::optional<LeaderReport>> read_leader_report(const Reply& reply);

struct ExecutorBeat {
  std::string id, host;
  int slots = 0, in_flight = 0;
  StoreTime beat{};
};
std::size_t add_beat(Batch& batch, const Keys& keys,
                     const ExecutorBeat& beat);  ///< every 2 s, lives 6 s
std::size_t add_bye(Batch& batch, const Keys& keys, std::string_view id);
void add_executor_ids(Batch& batch, const Keys& keys);
Result<std::vector<std::string>> read_executor_ids(const Reply& reply);
void add_executor(Batch& batch, const Keys& keys, std::string_view id);
Result<std::optional<ExecutorBeat>> read_executor(std::string_view id, const Reply& reply);

}  // namespace webmon::store
