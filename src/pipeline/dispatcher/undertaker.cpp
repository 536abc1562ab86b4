#include "pipeline/dispatcher/undertaker.hpp"

#include "lib/core/log.hpp"

namespace webmon::dispatcher {
namespace {

constexpr std::size_t kPage = 1'000;
constexpr std::size_t kMostDead = 10'000;

store::Release crash(Rng& rng) {
  store::Release release;
  release.kind = store::Release::Kind::crash;
  release.error = "the executor died";
  release.jitter_permille = static_cast<std::uint32_t>(rng.next() % 1'001);
  return release;
}

}  // namespace

template <class F>
void Undertaker::call(store::Batch batch, F on_reply) {
  is_busy_ = true;
  link_.send(std::move(batch), [this, on_reply = std::move(on_reply),
                                alive = std::weak_ptr{alive_}](const Result<Replies>& replies) {
    if (alive.expired()) return;
    is_busy_ = false;
    if (replies) on_reply(*replies);
  });
}

void Undertaker::bury(const std::vector<std::string>& executors) {
  for (const auto& id : executors) {
    log_warn("executor is dead", {{"executor", id}});
    ++counters_.buried;
    if (waiting_.size() < kMostDead) waiting_.insert(id);
  }
}

void Undertaker::tick() {
  if (is_busy_ || !link_.knows_time()) return;
  if (next_ == kPartitions) dead_.clear();
  if (dead_.empty()) {
    dead_ = std::exchange(waiting_, {});
    next_ = 0;
    offset_ = 0;
  }
  if (!dead_.empty()) scan();
}

// A leased job is in `pend` at the end of its lease: in the future, behind all that is due.
void Undertaker::scan() {
  store::Batch batch;
  batch.add({"ZRANGEBYSCORE", link_.keys().pend(next_), std::to_string(to_ms(link_.store_now())),
             "+inf", "LIMIT", std::to_string(offset_), std::to_string(kPage)});
  call(std::move(batch), [this](const Replies& replies) {
    const auto ids = store::read_due_scan(replies.front());
    const bool is_last = !ids || ids->size() < kPage;
    offset_ = is_last ? 0 : offset_ + kPage;
    if (is_last) ++next_;
    if (ids && !ids->empty()) return look_up(*ids);
    if (next_ < kPartitions) scan();  // an empty partition costs no tick
  });
}

void Undertaker::look_up(const std::vector<JobId>& ids) {
  store::Batch batch;
  for (const auto id : ids) {
    store::add_job_head(batch, link_.keys(), id);
    batch.add({"HMGET", link_.keys().job(id), "wk", "tok"});
  }
  call(std::move(batch), [this, ids](const Replies& replies) { release(ids, replies); });
}

void Undertaker::release(const std::vector<JobId>& ids, const Replies& replies) {
  store::Batch batch;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto head = store::read_job_head(ids[i], replies[2 * i]);
    const auto& lease = replies[2 * i + 1].items;
    if (!head || !*head || (*head)->state != store::JobState::leased || lease.size() != 2) continue;
    if (dead_.contains(lease[0].text))
      store::add_release(batch, link_.keys(), (*head)->ref, lease[1].text, crash(rng_));
  }
  if (batch.empty()) return;
  call(std::move(batch), [this](const Replies& released) {
    for (const auto& reply : released) {
      const auto how = store::read_release(reply);
      if (!how) continue;
      if (*how == store::Released::ready) ++counters_.retried;
      if (*how == store::Released::dead) ++counters_.dead;
    }
  });
}

}  // namespace webmon::dispatcher
