/// The schedule in Redis: `next`, one index per partition of asset id -> time of its next check.
/// Pure, pairs of add/read as in jobs.hpp. When a check is due is decided by pipeline/scheduler;
/// what it means for users: docs/scheduling.md.
#pragma once

#include <span>

#include "lib/store/jobs.hpp"

namespace webmon::store {

/// What the scheduler must know of an asset, kept as one short field (`sc`) so that nobody parses
/// its document for each check.
struct PlanFields {
  std::string text;  ///< the field itself, as read
  bool is_enabled = true;
  std::optional<milliseconds> interval;  ///< its own
  std::string host;
  std::vector<std::string> tags;
  std::optional<JobId> last_job;  ///< that the scheduler made for it
};
/// The field `sc` of an asset.
std::string plan_text(const Asset& asset);
/// Errors: bad_frame.
Result<PlanFields> parse_plan_text(std::string_view text);

/// HMGET; nullopt: the asset was removed, or is of a build that had no schedule.
void add_plan_fields(Batch& batch, const Keys& keys, AssetId id);
Result<std::optional<PlanFields>> read_plan_fields(const Reply& reply);

/// Assets whose next check is due, oldest first, at most `limit`. Cost grows with what is due.
struct DueAsset {
  AssetId asset;
  StoreTime planned{};
};
void add_schedule_scan(Batch& batch, const Keys& keys, Partition partition, StoreTime now,
                       std::size_t limit);
Result<std::vector<DueAsset>> read_schedule_scan(const Reply& reply);

/// One check to be made.
struct PlannedCheck {
  AssetId asset;
  JobId job;            ///< new, in the asset's partition
  std::string host;     ///< of the asset's URL
  StoreTime planned{};  ///< as read; if it is another one by now, nothing is done
  StoreTime next{};     ///< the asset's time hereafter
  std::optional<JobId>
      last_job;  ///< made for it before; while that has not ended, no other is made
};
enum class Scheduled : std::uint8_t { created, moved, busy, no_asset };
/// All of one partition; not empty. The records are those of add_submit without a run.
void add_schedule(Batch& batch, const Keys& keys, std::span<const PlannedCheck> checks);
/// One answer per check, in order. Errors: bad_frame if it is another number.
Result<std::vector<Scheduled>> read_schedule(const Reply& reply, std::size_t checks);

/// A repair of one asset's time. It is carried out only if time and fields are still as read.
struct Replan {
  AssetId asset;
  std::optional<StoreTime> before, after;  ///< nothing: it has none; shall have none
  std::string fields_before;               ///< `sc` as read; empty if it had none
  std::string fields_after;
};
void add_replan(Batch& batch, const Keys& keys, std::span<const Replan> repairs);
/// How many were carried out.
Result<std::size_t> read_replan(const Reply& reply);

/// The times of assets of one partition, in order; nothing: it has none.
void add_next_times(Batch& batch, const Keys& keys, Partition p, std::span<const AssetId> ids);
Result<std::vector<std::optional<StoreTime>>> read_next_times(const Reply& reply);

/// Gives an asset a time, or takes it away, whatever it was. For imports (an asset that moves).
void add_set_next_time(Batch& batch, const Keys& keys, AssetId id, std::optional<StoreTime> at);

/// Assets with a time, and those of them that are overdue. Appends two commands.
struct ScheduleCounts {
  std::uint64_t planned = 0, overdue = 0;
};
void add_schedule_counts(Batch& batch, const Keys& keys, Partition p, StoreTime now);
Result<ScheduleCounts> read_schedule_counts(std::span<const Reply> two);

/// Jobs that have not ended, of one partition.
void add_open_jobs(Batch& batch, const Keys& keys, Partition p);

}  // namespace webmon::store
