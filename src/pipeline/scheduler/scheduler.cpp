#include "pipeline/scheduler/scheduler.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/core/log.hpp"
#include "lib/store/fleet.hpp"

namespace webmon::scheduler {
namespace {

constexpr milliseconds kOpenEvery{1'000};  // between, what was made here is added
constexpr milliseconds kGroupsEvery{2'000};
constexpr std::size_t kBeyond = 4;  // entries of a partition asked for beyond its share

}  // namespace

Scheduler::Scheduler(Loop& loop, Clock& clock, Rng& rng, store::Redis& redis, store::Keys keys,
                     Outlet outlet, ScheduleConfig config)
    : store_{loop, redis},
      keys_{std::move(keys)},
      rng_{rng},
      config_{std::move(config)},
      groups_{store_, keys_},
      intervals_{config_.intervals},
      hints_{loop, std::move(outlet)},
      jobs_{store_, keys_, hints_, clock, rng},
      walk_{store_, keys_, rng, intervals_, counters_, config_.walk_every} {}

void Scheduler::tick(bool is_on) {
  if (!is_on) {
    is_on_ = false;
    return hints_.clear();
  }
  if (!std::exchange(is_on_, true)) {
    walk_.restart();
    next_open_ = next_count_ = next_groups_ = store_.now();
  }
  hints_.pump();
  refresh_groups();
  if (!groups_.is_known()) return;  // lest assets be planned by an interval that is not theirs
  scan();
  walk_.tick();
}

void Scheduler::set_intervals(Intervals intervals) {
  if (intervals == config_.intervals) return;
  config_.intervals = std::move(intervals);
  merge_intervals();
}

void Scheduler::refresh_groups() {
  if (store_.now() < next_groups_) return;
  next_groups_ = store_.now() + kGroupsEvery;
  groups_.refresh([this] { merge_intervals(); });
}

void Scheduler::merge_intervals() {
  auto merged = with_groups(config_.intervals, groups_.groups());
  if (merged == intervals_) return;
  intervals_ = std::move(merged);
  walk_.restart();
}

std::size_t Scheduler::room() const noexcept {
  return open_ >= config_.most_open
             ? 0
             : std::min<std::size_t>(config_.most_open - open_, config_.most_per_pass);
}

// The time of this pass is told by the answer to the one before; the first only asks for the time
// and counts. Of each partition as many are read as fill the pass twice if they lie where they lay
// last time: the oldest of all are taken then.
void Scheduler::scan() {
  if (is_busy_) return;
  const bool with_open = store_.now() >= next_open_;
  const bool with_counts = store_.knows_time() && store_.now() >= next_count_;
  const auto wanted = store_.knows_time() ? room() : 0;
  if (store_.knows_time() && wanted == 0) ++counters_.held_back;
  limit_ = wanted == 0 ? 0 : 2 * wanted / std::max<std::size_t>(parts_, 1) + kBeyond;
  store::Batch batch;
  store::add_time(batch);
  for (unsigned p = 0; p < kPartitions; ++p) {
    const auto part = static_cast<Partition>(p);
    if (with_open) store::add_open_jobs(batch, keys_, part);
  }
  for (unsigned p = 0; with_counts && p < kPartitions; ++p)
    store::add_schedule_counts(batch, keys_, static_cast<Partition>(p), store_.store_now());
  for (unsigned p = 0; limit_ > 0 && p < kPartitions; ++p)
    store::add_schedule_scan(batch, keys_, static_cast<Partition>(p), store_.store_now(), limit_);
  is_busy_ = true;
  store_.send(std::move(batch), [this, with_open, with_counts](const Result<Replies>& replies) {
    is_busy_ = false;
    if (replies && is_on_) on_scanned(*replies, with_open, with_counts);
  });
}

std::size_t Scheduler::read_open(const Replies& replies, std::size_t at) {
  std::uint64_t open = 0;
  for (unsigned p = 0; p < kPartitions; ++p)
    if (const auto count = store::as_integer(replies[at + p]); count)
      open += static_cast<std::uint64_t>(*count);
  open_ = open;
  next_open_ = store_.now() + kOpenEvery;
  return at + kPartitions;
}

std::size_t Scheduler::read_counts(const Replies& replies, std::size_t at) {
  store::ScheduleCounts sum;
  for (unsigned p = 0; p < kPartitions; ++p, at += 2) {
    const auto counts = store::read_schedule_counts(std::span{replies}.subspan(at, 2));
    if (!counts) continue;
    sum.planned += counts->planned;
    sum.overdue += counts->overdue;
  }
  counts_ = sum;
  next_count_ = store_.now() + config_.count_every;
  return at;
}

void Scheduler::on_scanned(const Replies& replies, bool with_open, bool with_counts) {
  if (const auto time = store::read_time(replies.front()); time)
    store_.set_time(store_.now(), *time);
  std::size_t at = 1;
  if (with_open) at = read_open(replies, at);
  if (with_counts) at = read_counts(replies, at);
  std::vector<store::DueAsset> due;
  if (at < replies.size()) parts_ = 0;
  for (; at < replies.size(); ++at) {
    const auto part = store::read_schedule_scan(replies[at]);
    if (!part) {
      log_warn("unreadable schedule", {{"detail", part.error().detail}});
      continue;
    }
    if (!part->empty()) ++parts_;
    due.insert(due.end(), part->begin(), part->end());
  }
  if (due.empty()) return;
  std::ranges::sort(due, {}, &store::DueAsset::planned);
  due.resize(std::min(due.size(), room()));
  if (!due.empty()) read_fields(std::move(due));
}

void Scheduler::read_fields(std::vector<store::DueAsset> due) {
  store::Batch batch;
  for (const auto& one : due) store::add_plan_fields(batch, keys_, one.asset);
  is_busy_ = true;
  store_.send(std::move(batch), [this, due = std::move(due)](const Result<Replies>& replies) {
    is_busy_ = false;
    if (replies && is_on_) decide(due, *replies);
  });
}

void Scheduler::decide(const std::vector<store::DueAsset>& due, const Replies& replies) {
  const auto now = store_.store_now();
  std::vector<store::PlannedCheck> checks;
  std::vector<store::Replan> unplanned;
  checks.reserve(due.size());
  for (std::size_t i = 0; i < due.size(); ++i) {
    const auto& [id, planned] = due[i];
    auto fields = store::read_plan_fields(replies[i]);
    if (!fields || !*fields) {
      walk_.examine(id);
      continue;
    }
    const auto interval = interval_of(**fields, intervals_);
    if (!interval) {
      unplanned.push_back({id, planned, std::nullopt, (*fields)->text, (*fields)->text});
      continue;
    }
    checks.push_back({id,
                      {},
                      std::move((*fields)->host),
                      planned,
                      next_check(id, *interval, now, rng_.next()),
                      (*fields)->last_job});
  }
  if (!unplanned.empty()) take_out(unplanned);
  if (!checks.empty()) submit(std::move(checks));
}

void Scheduler::submit(std::vector<store::PlannedCheck> checks) {
  is_busy_ = true;
  jobs_.schedule(std::move(checks), [this](const Result<std::vector<ScheduledCheck>>& done) {
    is_busy_ = false;
    if (!done) {
      if (!std::exchange(is_refused_, true))  // once, for it comes again each pass
        log_warn("checks are not submitted", {{"detail", done.error().detail}});
      return;
    }
    is_refused_ = false;
    for (const auto& [check, answer] : *done) count(check, answer);
    hints_.pump();
  });
}

void Scheduler::take_out(const std::vector<store::Replan>& unplanned) {
  std::map<Partition, std::vector<store::Replan>> parts;
  for (const auto& one : unplanned) parts[one.asset.partition()].push_back(one);
  store::Batch batch;
  for (const auto& [part, repairs] : parts) store::add_replan(batch, keys_, repairs);
  store_.send(std::move(batch), [this](const Result<Replies>& replies) {
    if (!replies) return;
    for (const auto& reply : *replies)
      if (const auto done = store::read_replan(reply); done) counters_.unplanned += *done;
  });
}

void Scheduler::count(const store::PlannedCheck& check, store::Scheduled answer) {
  switch (answer) {
    case store::Scheduled::created:
      ++counters_.created;
      ++open_;
      lag_.add(store_.store_now() - check.planned);
      counters_.lag.add(store_.store_now() - check.planned);
      break;
    case store::Scheduled::busy:
      ++counters_.busy;
      break;
    case store::Scheduled::moved:
      ++counters_.moved;
      break;
    case store::Scheduled::no_asset:
      ++counters_.no_asset;
      break;
  }
}

}  // namespace webmon::scheduler
