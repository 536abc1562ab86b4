#include "pipeline/dispatcher/run_keeper.hpp"

#include "lib/core/log.hpp"

namespace webmon::dispatcher {
namespace {

constexpr std::size_t kPage = 64;
constexpr std::size_t kJobsPerPart = 32;
constexpr std::size_t kKeptPerStep = 200;
constexpr unsigned kStepsPerTick = 200;

}  // namespace

template <class F>
void RunKeeper::call(store::Batch batch, F on_reply) {
  is_busy_ = true;
  link_.send(std::move(batch), [this, on_reply = std::move(on_reply),
                                alive = std::weak_ptr{alive_}](const Result<Replies>& replies) {
    if (alive.expired()) return;
    is_busy_ = false;
    if (!replies) return;
    on_reply(*replies);
    go_on();
  });
}

void RunKeeper::tick() {
  steps_left_ = kStepsPerTick;
  if (is_busy_ || !link_.knows_time()) return;
  step();
  go_on();
}

void RunKeeper::go_on() {
  while (!is_busy_ && has_work() && steps_left_ > 0) step();
}

bool RunKeeper::has_work() const { return !to_retire_.empty() || !to_count_.empty() || rank_ > 0; }

void RunKeeper::step() {
  --steps_left_;
  if (!to_retire_.empty()) return retire();
  if (!to_count_.empty()) {
    const auto run = to_count_.front();
    to_count_.pop_front();
    return count(run);
  }
  if (rank_ > 0 || link_.now() >= next_list_) return list();
  trim_kept();
}

// Pages by rank: runs removed meanwhile shift the ranks, and the next pass sees what this one
// skipped.
void RunKeeper::list() {
  store::Batch batch;
  const auto first = std::to_string(rank_);
  const auto last = std::to_string(rank_ + kPage - 1);
  batch.add({"ZRANGE", link_.keys().runs(), first, last});
  call(std::move(batch), [this](const Replies& replies) {
    const auto ids = store::read_run_list(replies.front());
    if (!ids) {
      log_warn("unreadable list of runs", {{"detail", ids.error().detail}});
      next_list_ = link_.now() + every_;
      return;
    }
    const bool is_last = ids->size() < kPage;
    rank_ = is_last ? 0 : rank_ + kPage;
    if (is_last) next_list_ = link_.now() + every_;
    if (!ids->empty()) read_headers(*ids);
  });
}

void RunKeeper::read_headers(const std::vector<RunId>& ids) {
  store::Batch batch;
  for (const auto id : ids) store::add_run_header(batch, link_.keys(), id);
  call(std::move(batch), [this, ids](const Replies& replies) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto run = store::read_run_header(ids[i], replies[i]);
      if (!run || !*run) continue;
      if (to_ms((*run)->ended) == 0)
        to_count_.push_back(**run);
      else if (is_retired(**run))
        to_retire_.push_back(**run);
    }
  });
}

bool RunKeeper::is_retired(const store::RunHeader& run) const {
  return run.ended + retention_ <= link_.store_now();
}

// A submission that died half-way never becomes complete: after the retention what there is counts.
void RunKeeper::count(const store::RunHeader& run) {
  if (!run.is_complete && run.created + retention_ > link_.store_now()) return;
  store::Batch batch;
  if (store::add_run_counts(batch, link_.keys(), run) == 0) {
    store::add_run_mark_ended(batch, link_.keys(), run.id, link_.store_now());
    return call(std::move(batch), [](const Replies&) {});
  }
  call(std::move(batch), [this, id = run.id](const Replies& replies) {
    const auto counts = store::sum_run_counts(replies);
    if (!counts || !counts->has_ended()) return;
    store::Batch mark;
    store::add_run_mark_ended(mark, link_.keys(), id, link_.store_now());
    call(std::move(mark), [](const Replies&) {});
  });
}

std::vector<Partition> RunKeeper::parts_of(const store::RunHeader& run) const {
  std::vector<Partition> parts;
  for (unsigned p = 0; p < kPartitions; ++p)
    if (run.parts[p]) parts.push_back(static_cast<Partition>(p));
  return parts;
}

void RunKeeper::retire() {
  const auto& run = to_retire_.front();
  store::Batch batch;
  for (const auto p : parts_of(run))
    store::add_run_jobs(batch, link_.keys(), run.id, p, 0, kJobsPerPart);
  if (batch.empty()) return remove_run();
  call(std::move(batch), [this](const Replies& replies) { remove_jobs(replies); });
}

void RunKeeper::remove_jobs(const std::vector<store::Reply>& lists) {
  const auto& run = to_retire_.front();
  const auto parts = parts_of(run);
  store::Batch batch;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto jobs = store::read_job_ids(lists[i]);
    if (jobs && !jobs->empty()) store::add_run_retire(batch, link_.keys(), run.id, parts[i], *jobs);
  }
  if (batch.empty()) return remove_run();
  call(std::move(batch), [this](const Replies& replies) {
    std::uint64_t left = 0;
    for (const auto& reply : replies)
      if (const auto count = store::as_integer(reply); count)
        left += static_cast<std::uint64_t>(*count);
    if (left == 0) return remove_run();
    if (left_ != 0 && left >= left_) {  // a job that has not ended stops the work; later, then
      to_retire_.pop_front();
      left_ = 0;
      return;
    }
    left_ = left;
  });
}

void RunKeeper::remove_run() {
  const auto run = to_retire_.front();
  to_retire_.pop_front();
  left_ = 0;
  store::Batch batch;
  (void)store::add_run_delete(batch, link_.keys(), run);
  call(std::move(batch), [id = run.id](const Replies&) {
    log_debug("run retired", {{"run", id.text()}});
  });
}

void RunKeeper::trim_kept() {
  const auto part = next_kept_;
  next_kept_ = static_cast<Partition>((next_kept_ + 1U) % kPartitions);
  store::Batch batch;
  (void)store::add_kept_overflow(batch, link_.keys(), part, kKeptPerStep);
  call(std::move(batch), [this, part](const Replies& replies) {
    const auto jobs = store::read_kept_overflow(replies);
    if (!jobs || jobs->empty()) return;
    store::Batch retire;
    store::add_kept_retire(retire, link_.keys(), part, *jobs);
    call(std::move(retire), [](const Replies&) {});
  });
}

}  // namespace webmon::dispatcher
