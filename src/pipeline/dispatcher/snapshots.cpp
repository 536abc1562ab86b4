#include "pipeline/dispatcher/snapshots.hpp"

#include <algorithm>
#include <utility>

namespace webmon::dispatcher {
namespace {

constexpr milliseconds kUnknownDuration{50};

milliseconds to_ms_up(nanoseconds duration) {
  return std::chrono::ceil<milliseconds>(std::max(duration, nanoseconds{0}));
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

void Snapshots::lead(MonoTime now) {
  if (phase_ != Phase::off) return;
  phase_ = Phase::boot;
  boot_at_ = now;
}

void Snapshots::stand_by() {
  fail_all({Errc::conflict, "standing by: another dispatcher leads"});
  phase_ = Phase::off;
}

// What was restarted meanwhile must not be given a number by `begin`: it would be one that is
// promised already, for data that is not there any more.
void Snapshots::reconnected(MonoTime now) {
  if (phase_ == Phase::off) return;
  if (phase_ != Phase::boot) store_lost(now, {Errc::store_down, "the connection broke"});
  boot_at_ = now;
}

void Snapshots::want_now(Ticket ticket) {
  if (phase_ == Phase::off)
    answers_.push_back({ticket, fail(Errc::conflict, "standing by: another dispatcher leads")});
  else
    next_.push_back(ticket);
}

bool Snapshots::is_running() const noexcept {
  return phase_ == Phase::saving || phase_ == Phase::save || phase_ == Phase::mark ||
         awaited_ == SnapshotStep::begin;
}

// The number of the first snapshot that forks after now. While BGSAVE is on its way to Redis,
// whether it forks before or after a write cannot be told.
std::uint64_t Snapshots::covering_epoch() const noexcept {
  return epoch_ + (awaited_ == SnapshotStep::begin ? 2 : 1);
}

Result<Soon> Snapshots::want_soon(MonoTime now) {
  if (phase_ == Phase::off) return fail(Errc::conflict, "standing by: another dispatcher leads");
  if (phase_ == Phase::boot) return fail(Errc::store_down, "Redis does not answer yet");
  is_soon_wanted_ = true;
  promised_ = std::max(promised_, covering_epoch());
  const auto duration = completed_ > 0 ? last_duration_ : kUnknownDuration;
  auto start = unattended_at();
  if (is_running())  // what runs must end first, and then the gap begins
    start = std::max(now, began_at_ + duration) +
            std::max(config_.least_gap, duration * config_.duty_factor);
  return Soon{covering_epoch(), to_ms_up(std::max(start, now) - now) + duration};
}

MonoTime Snapshots::unattended_at() const {
  auto at = retry_at_;
  if (ended_at_)
    at = std::max(at,
                  *ended_at_ + std::max(config_.least_gap, last_duration_ * config_.duty_factor));
  return at;
}

std::optional<MonoTime> Snapshots::start_at(MonoTime now) const {
  if (!next_.empty()) return now;
  if (is_soon_wanted_) return unattended_at();
  if (!has_changed_) return std::nullopt;
  return std::max(unattended_at(), ended_at_.value_or(started_at_) + config_.safety_net);
}

std::optional<SnapshotPlan> Snapshots::plan(MonoTime now) const {
  if (awaited_) return std::nullopt;
  switch (phase_) {
    case Phase::off:
      return std::nullopt;
    case Phase::boot:
      return SnapshotPlan{SnapshotStep::boot, boot_at_};
    case Phase::saving:
    case Phase::foreign:
      return SnapshotPlan{SnapshotStep::look, look_at_};
    case Phase::save:
      return SnapshotPlan{SnapshotStep::save, now};
    case Phase::mark:
      return SnapshotPlan{SnapshotStep::mark, now};
    case Phase::idle:
      break;
  }
  const auto start = start_at(now);
  if (start && *start <= look_at_) return SnapshotPlan{SnapshotStep::begin, *start};
  return SnapshotPlan{SnapshotStep::look, look_at_};
}

void Snapshots::step_taken(SnapshotStep step, MonoTime now) {
  awaited_ = step;
  if (step != SnapshotStep::begin) return;
  began_at_ = now;
  ++begun_;
  running_ = std::exchange(next_, {});
  is_soon_wanted_ = false;
  has_changed_ = false;
}

void Snapshots::on_booted(MonoTime now, Result<Booted> result) {
  awaited_.reset();
  if (phase_ == Phase::off) return;
  if (!result) {
    fail_all(result.error());
    boot_at_ = now + config_.boot_retry;
    return;
  }
  const bool is_same = run_id_ == result->run_id;
  // What was promised and is not in a snapshot yet is owed, unless a restart took it: then it is
  // recorded as lost.
  is_soon_wanted_ = is_soon_wanted_ || failures_ > 0 || (is_same && promised_ > result->durable);
  run_id_ = std::move(result->run_id);
  epoch_ = result->epoch;
  durable_ = result->durable;
  promised_ = is_same ? std::max(promised_, epoch_) : epoch_;
  phase_ = Phase::idle;
  started_at_ = now;
  look_at_ = now + config_.watch;
}

void Snapshots::on_begun(MonoTime now, Result<Begun> result) {
  awaited_.reset();
  if (phase_ == Phase::off) return;
  if (!result) return store_lost(now, result.error());
  if (result->before.run_id != run_id_)
    return store_lost(now, {Errc::store_down, "Redis has restarted"});
  if (result->epoch) epoch_ = *result->epoch;
  promised_ = std::max(promised_, epoch_);
  if (result->refusal) return on_refused(now, *result);
  phase_ = Phase::saving;
  saves_before_ = result->before.rdb_saves;
  look_at_ = now + config_.poll;
}

void Snapshots::on_refused(MonoTime now, const Begun& begun) {
  // A save point or a replica was first. Ours has not forked: it still covers whoever joined, and
  // joins.
  if (says(*begun.refusal, "in progress")) {
    next_.insert(next_.begin(), running_.begin(), running_.end());
    running_.clear();
    is_soon_wanted_ = true;
    phase_ = Phase::foreign;
    look_at_ = now + config_.poll;
    return;
  }
  if (says(*begun.refusal, "fork") && begun.before.used_memory < config_.save_below) {
    phase_ = Phase::save;
    return;
  }
  failed(now, *begun.refusal);
}

void Snapshots::on_look(MonoTime now, Result<store::Persistence> result) {
  awaited_.reset();
  if (phase_ == Phase::off) return;
  if (!result) return store_lost(now, result.error());
  if (result->run_id != run_id_) return store_lost(now, {Errc::store_down, "Redis has restarted"});
  last_save_ = result->last_save;
  look_at_ = now + (result->is_saving || phase_ != Phase::idle ? config_.poll : config_.watch);
  if (result->is_saving) return;
  if (phase_ == Phase::foreign) {
    phase_ = Phase::idle;
    // Unattended ones need not wait for a gap: theirs was already due.
    return;
  }
  if (phase_ != Phase::saving) {
    if (!result->last_ok) is_soon_wanted_ = true;  // only a good one lets Redis take writes again
    return;
  }
  // A child killed by SIGUSR1 is no error to Redis: only the count of saves tells.
  if (result->last_ok && result->rdb_saves > saves_before_)
    ended(now);
  else
    failed(now, "BGSAVE failed; Redis' log says why");
}

void Snapshots::on_saved(MonoTime now, Result<void> result) {
  awaited_.reset();
  if (phase_ == Phase::off) return;
  if (result) return ended(now);
  if (result.error().code == Errc::store_refused) return failed(now, result.error().detail);
  store_lost(now, result.error());
}

void Snapshots::ended(MonoTime now) {
  phase_ = Phase::mark;
  last_duration_ = to_ms_up(now - began_at_);
  ended_at_ = now;
  durable_ = epoch_;
  failures_ = 0;
  retry_at_ = now;
  last_error_.clear();
  ++completed_;
  time_saving_ += last_duration_;
}

// The snapshot has ended well, whether the book says so or not.
void Snapshots::on_marked(MonoTime now, Result<void> result) {
  awaited_.reset();
  if (phase_ == Phase::off) return;
  for (const auto ticket : std::exchange(running_, {}))
    answers_.push_back({ticket, Covered{epoch_, last_duration_}});
  phase_ = Phase::idle;
  look_at_ = now + config_.watch;
  if (promised_ > epoch_) is_soon_wanted_ = true;
  if (result) return;
  is_soon_wanted_ = true;  // the next one marks this one too
  if (result.error().code != Errc::store_refused) store_lost(now, result.error());
}

void Snapshots::failed(MonoTime now, std::string why) {
  ++failed_;
  last_error_ = std::move(why);
  for (const auto ticket : std::exchange(running_, {}))
    answers_.push_back({ticket, fail(Errc::store_refused, last_error_)});
  const auto doublings = std::min(failures_++, 10U);
  retry_at_ = now + std::min(config_.retry_most, config_.retry_first * (1 << doublings));
  is_soon_wanted_ = true;  // until one is good: some were promised it, and Redis refuses writes
  phase_ = Phase::idle;
  look_at_ = now + config_.watch;
}

void Snapshots::fail_all(const Error& error) {
  for (const auto& tickets : {std::exchange(running_, {}), std::exchange(next_, {})})
    for (const auto ticket : tickets) answers_.push_back({ticket, fail(error)});
}

// Whether the BGSAVE of before ends well cannot be known any more, so nobody is told that it did.
void Snapshots::store_lost(MonoTime now, const Error& error) {
  if (is_running() || !running_.empty()) is_soon_wanted_ = true;
  fail_all(error.code == Errc::store_down ? error : Error{Errc::store_down, error.detail});
  phase_ = Phase::boot;
  boot_at_ = now + (error.detail == "Redis has restarted" ? milliseconds{0} : config_.boot_retry);
}

std::vector<Snapshots::Answer> Snapshots::take_answers() { return std::exchange(answers_, {}); }

}  // namespace webmon::dispatcher
