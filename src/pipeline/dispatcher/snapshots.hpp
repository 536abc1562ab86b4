/// The snapshot coordinator: when to BGSAVE, for whom, and what to tell them. One runs and one is
/// queued; a request joins the next one, never the running one, because a running one does not
/// cover a write made after its fork. Pure: decides from requests, replies of Redis and time; the
/// driver is snapshot_driver.hpp. Source: ARCHITECTURE.md "Snapshots"; redis 7.0 bgsaveCommand
/// (BGSAVE is refused, not queued, while one runs).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "lib/store/fleet.hpp"

namespace webmon::dispatcher {

struct SnapshotConfig {
  milliseconds least_gap{
      1'000};  ///< unattended: from the end of one to the start of the next, at least
  /// And at least this times the last duration: 9 % duty, so that with those that a crash cuts
  /// short it stays below 10 %.
  int duty_factor = 10;
  milliseconds safety_net{60'000};  ///< without any request, if something changed
  milliseconds poll{5};             ///< INFO while one runs
  milliseconds watch{1'000};        ///< INFO while none runs: notices a restart of Redis
  milliseconds retry_first{1'000};  ///< after a failure, doubled up to retry_most
  milliseconds retry_most{30'000};
  milliseconds boot_retry{250};
  std::uint64_t save_below =
      64ULL << 20U;  ///< bytes: SAVE blocks, so only small sets are saved so if fork fails
};

/// A snapshot that ended well.
struct Covered {
  std::uint64_t epoch = 0;
  milliseconds duration{};
};
struct Soon {
  std::uint64_t epoch = 0;  ///< covers every write made before the question
  milliseconds expected{};  ///< from now until it has ended, as far as can be told
};

/// What the driver is to ask Redis for next.
enum class SnapshotStep : std::uint8_t {
  boot,   ///< INFO and wm:snap; bookkeeping if Redis has restarted
  begin,  ///< HINCRBY epoch, INFO, BGSAVE in one batch
  look,   ///< INFO
  save,   ///< SAVE: fork failed and the set is small
  mark    ///< record the epoch as durable
};
struct SnapshotPlan {
  SnapshotStep step;
  MonoTime at;
};

struct Booted {
  std::string run_id;
  std::uint64_t epoch = 0;  ///< last one begun, after the bookkeeping
  std::uint64_t durable = 0;
};
struct Begun {
  std::optional<std::uint64_t>
      epoch;  ///< nothing: Redis refuses writes (MISCONF), the last number is used again
  store::Persistence before;
  std::optional<std::string> refusal;  ///< Redis' words if BGSAVE was not started
};

class Snapshots {
 public:
  using Ticket = std::uint64_t;
  struct Answer {
    Ticket ticket;
    Result<Covered> result;
  };

  explicit Snapshots(SnapshotConfig config) : config_{config} {}

  void lead(MonoTime now);  ///< begins with `boot`
  void stand_by();          ///< answers all who wait: conflict

  /// There is a new connection to Redis, perhaps to one that was started anew: `boot` comes before
  /// all else. Those who wait are answered: store_down.
  void reconnected(MonoTime now);

  void want_now(Ticket ticket);  ///< answered once, whatever happens
  /// Errors: store_down before `boot` has ended, conflict while standing by.
  Result<Soon> want_soon(MonoTime now);
  void note_change() noexcept { has_changed_ = true; }

  /// What to do and when, or nothing while a reply is awaited or while standing by. Call again
  /// after each call of `want_*` and `on_*`. Once `step_taken` was called, exactly one `on_*`
  /// follows.
  std::optional<SnapshotPlan> plan(MonoTime now) const;
  void step_taken(SnapshotStep step, MonoTime now);

  void on_booted(MonoTime now, Result<Booted> result);
  void on_begun(MonoTime now, Result<Begun> result);
  void on_look(MonoTime now, Result<store::Persistence> result);
  void on_saved(MonoTime now, Result<void> result);
  void on_marked(MonoTime now, Result<void> result);

  std::vector<Answer> take_answers();

  bool is_booted() const noexcept { return phase_ != Phase::off && phase_ != Phase::boot; }
  bool is_running() const noexcept;
  bool is_queued() const noexcept { return !next_.empty() || is_soon_wanted_; }
  std::uint64_t epoch() const noexcept { return epoch_; }
  std::uint64_t durable() const noexcept { return durable_; }
  std::uint64_t promised() const noexcept {
    return promised_;
  }  ///< highest number anybody was told
  milliseconds last_duration() const noexcept { return last_duration_; }
  unsigned failures() const noexcept { return failures_; }  ///< in a row
  const std::string& last_error() const noexcept { return last_error_; }
  std::uint64_t completed() const noexcept { return completed_; }
  std::uint64_t begun() const noexcept { return begun_; }
  std::uint64_t failed() const noexcept { return failed_; }  ///< in all
  /// Of all that were completed.
  milliseconds time_saving() const noexcept { return time_saving_; }
  /// As Redis tells it, of ours and of others'.
  StoreTime last_save() const noexcept { return last_save_; }

 private:
  enum class Phase : std::uint8_t { off, boot, idle, saving, foreign, save, mark };

  std::optional<MonoTime> start_at(MonoTime now) const;
  MonoTime unattended_at() const;
  std::uint64_t covering_epoch() const noexcept;
  void fail_all(const Error& error);
  void store_lost(MonoTime now, const Error& error);
  void failed(MonoTime now, std::string why);
  void ended(MonoTime now);
  void on_refused(MonoTime now, const Begun& begun);

  SnapshotConfig config_;
  Phase phase_ = Phase::off;
  std::optional<SnapshotStep> awaited_;
  std::vector<Ticket> running_, next_;
  std::vector<Answer> answers_;
  bool is_soon_wanted_ = false;
  bool has_changed_ = false;
  std::string run_id_;
  std::uint64_t epoch_ = 0, durable_ = 0, promised_ = 0, saves_before_ = 0, completed_ = 0;
  std::uint64_t begun_ = 0, failed_ = 0;
  milliseconds time_saving_{};
  StoreTime last_save_{};
  MonoTime boot_at_{}, look_at_{}, began_at_{}, started_at_{}, retry_at_{};
  std::optional<MonoTime> ended_at_;
  milliseconds last_duration_{};
  unsigned failures_ = 0;
  std::string last_error_;
};

}  // namespace webmon::dispatcher
