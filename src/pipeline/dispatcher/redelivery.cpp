#include "pipeline/dispatcher/redelivery.hpp"

#include <algorithm>

#include "lib/core/log.hpp"
#include "lib/store/fleet.hpp"

namespace webmon::dispatcher {
namespace {

// Expired leases need no credit; this many entries of a partition, and of all together, are looked
// at even while there is none. The next pass begins where this one stopped.
constexpr std::size_t kBeyondCredits = 16;
constexpr std::size_t kBeyondInAll = 128;

}  // namespace

void Redelivery::scan(bool dispatches) {
  if (is_busy_) return;
  dispatches_ = dispatches;
  send_scan(kBeyondCredits);
}

void Redelivery::scan_backlog() {
  const auto& window = streamer_.window();
  if (is_busy_ || !was_cut_ || !dispatches_ || window.credits() < window.limit() / 4) return;
  send_scan(1);
}

// The time of this pass is told by the answer to the one before; the first only asks for the time.
// Of each partition as many are read as fill the credits twice if the backlog lies where it lay
// last time,
// behind those that are on their way already.
void Redelivery::send_scan(std::size_t beyond) {
  const auto wanted = dispatches_ ? 2 * streamer_.window().credits() : 0;
  limit_ = wanted / std::max<std::size_t>(parts_, 1) + beyond + held_;
  most_ = wanted + std::min(beyond * kPartitions, kBeyondInAll);
  is_busy_ = true;
  store::Batch batch;
  store::add_time(batch);
  if (link_.knows_time())
    for (unsigned i = 0; i < kPartitions; ++i)
      store::add_due_scan(batch, link_.keys(), static_cast<Partition>((first_ + i) % kPartitions),
                          link_.store_now(), limit_);
  link_.send(std::move(batch), [this, asked = link_.now(), alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& replies) {
    if (alive.expired()) return;
    is_busy_ = false;
    if (!replies) return;
    counters_.due_scans.add(link_.now() - asked);
    on_scanned(*replies);
  });
}

void Redelivery::on_scanned(const std::vector<store::Reply>& replies) {
  if (const auto time = store::read_time(replies.front()); time) link_.set_time(link_.now(), *time);
  was_cut_ = false;
  parts_ = 0;
  held_ = 0;
  unsigned whole = 0;  // partitions of which nothing was left out for lack of room
  std::vector<JobId> ids;
  for (std::size_t i = 1; i < replies.size(); ++i) {
    const auto due = store::read_due_scan(replies[i]);
    if (!due) {
      log_warn("unreadable pend index", {{"detail", due.error().detail}});
      continue;
    }
    if (due->size() >= limit_) was_cut_ = true;
    if (!due->empty()) ++parts_;
    const auto before = ids.size();
    for (const auto id : *due)
      if (!streamer_.window().holds(id)) ids.push_back(id);
    held_ = std::max(held_, due->size() - (ids.size() - before));
    if (ids.size() <= most_) whole = static_cast<unsigned>(i);
  }
  first_ = (first_ + (whole == kPartitions ? 1 : std::max(whole, 1U))) % kPartitions;
  if (ids.size() > most_) {
    was_cut_ = true;
    ids.resize(most_);
  }
  if (ids.empty())
    streamer_.set_backlog(false);
  else
    look_up(std::move(ids));
}

void Redelivery::look_up(std::vector<JobId> ids) {
  store::Batch batch;
  for (const auto id : ids) store::add_job_head(batch, link_.keys(), id);
  is_busy_ = true;
  link_.send(std::move(batch), [this, ids = std::move(ids), alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& heads) {
    if (alive.expired()) return;
    is_busy_ = false;
    if (heads) move(ids, *heads);
  });
}

void Redelivery::move(const std::vector<JobId>& ids, const std::vector<store::Reply>& heads) {
  auto credits = dispatches_ ? streamer_.window().credits() : 0;
  store::Batch batch;
  std::vector<JobId> moved;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto head = store::read_job_head(ids[i], heads[i]);
    if (!head || !*head) {
      if (!head) log_warn("unreadable job record", {{"job", ids[i].text()}});
      store::add_due_missing(batch, link_.keys(), ids[i]);
      moved.emplace_back();  // nothing to count
      continue;
    }
    if ((*head)->state == store::JobState::ready) {
      if (credits == 0) {
        was_cut_ = true;
        continue;
      }
      --credits;
    }
    store::add_due(batch, link_.keys(), (*head)->ref,
                   static_cast<std::uint32_t>(rng_.next() % 1'001));
    moved.push_back(ids[i]);
  }
  streamer_.set_backlog(was_cut_ && dispatches_);
  if (batch.empty()) return;
  is_busy_ = true;
  link_.send(std::move(batch), [this, moved = std::move(moved), alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& replies) {
    if (alive.expired()) return;
    is_busy_ = false;
    if (!replies) return;
    for (std::size_t i = 0; i < moved.size(); ++i)
      if (!moved[i].is_nil()) count(moved[i], (*replies)[i]);
  });
}

void Redelivery::count(JobId id, const store::Reply& reply) {
  const auto due = store::read_due(reply);
  if (!due) {
    log_warn("a due job was not moved", {{"job", id.text()}, {"detail", due.error().detail}});
    return;
  }
  switch (*due) {
    case store::Due::dispatch:
      streamer_.admit(id);
      break;
    case store::Due::retried:
      ++counters_.retried;
      break;
    case store::Due::dead:
      ++counters_.dead;
      log_warn("job is dead", {{"job", id.text()}});
      break;
    case store::Due::cancelled:
      ++counters_.cancelled;
      break;
    case store::Due::not_yet:
    case store::Due::gone:
      break;
  }
}

}  // namespace webmon::dispatcher
