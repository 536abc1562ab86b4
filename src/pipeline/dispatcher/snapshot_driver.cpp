#include "pipeline/dispatcher/snapshot_driver.hpp"

#include <algorithm>

#include "lib/core/log.hpp"
#include "pipeline/dispatcher/generations.hpp"

namespace webmon::dispatcher {
namespace {

using Replies = std::vector<store::Reply>;

// HINCRBY, INFO, BGSAVE: the answers of `begin`.
Result<Begun> read_begun(const Replies& replies) {
  auto before = store::read_persistence(replies[1]);
  if (!before) return fail(std::move(before.error()));
  Begun begun;
  begun.before = std::move(*before);
  if (const auto epoch = store::as_integer(replies[0]); epoch && *epoch > 0)
    begun.epoch = static_cast<std::uint64_t>(*epoch);
  if (replies[2].is_error()) begun.refusal = replies[2].text;
  return begun;
}

}  // namespace

SnapshotDriver::SnapshotDriver(StoreLink& link, SnapshotConfig config,
                               std::filesystem::path redis_dir)
    : link_{link}, core_{config}, redis_dir_{std::move(redis_dir)} {}

SnapshotDriver::~SnapshotDriver() { link_.loop().cancel(timer_); }

void SnapshotDriver::lead() {
  core_.lead(link_.now());
  go_on();
}

void SnapshotDriver::stand_by() {
  core_.stand_by();
  go_on();
}

void SnapshotDriver::reconnected() {
  core_.reconnected(link_.now());
  go_on();
}

void SnapshotDriver::now(Done done) {
  if (waiting_.size() >= kMaxWaiting)
    return done(fail(Errc::too_large, "too many wait for a snapshot already"));
  waiting_.emplace(++last_ticket_, std::move(done));
  core_.want_now(last_ticket_);
  go_on();
}

Result<Soon> SnapshotDriver::soon() {
  auto soon = core_.want_soon(link_.now());
  go_on();
  return soon;
}

template <class F>
void SnapshotDriver::call(store::Batch batch, F on_reply) {
  link_.send(std::move(batch), [this, on_reply = std::move(on_reply),
                                alive = std::weak_ptr{alive_}](Result<Replies> replies) mutable {
    if (alive.expired()) return;
    on_reply(std::move(replies));
    go_on();
  });
}

void SnapshotDriver::go_on() {
  answer();
  link_.loop().cancel(std::exchange(timer_, 0));
  const auto plan = core_.plan(link_.now());
  if (!plan) return;
  if (plan->at <= link_.now()) return take(plan->step);
  timer_ = link_.loop().at(plan->at, [this] { go_on(); });
}

void SnapshotDriver::take(SnapshotStep step) {
  core_.step_taken(step, link_.now());
  switch (step) {
    case SnapshotStep::boot:
      return boot();
    case SnapshotStep::begin:
      return begin();
    case SnapshotStep::look:
      return look();
    case SnapshotStep::save:
      return save();
    case SnapshotStep::mark:
      return mark();
  }
}

void SnapshotDriver::boot() {
  store::Batch batch;
  store::add_persistence(batch);
  store::add_snap_state(batch, link_.keys());
  store::add_time(batch);
  call(std::move(batch), [this](Result<Replies> replies) {
    if (!replies) return booted(fail(std::move(replies.error())));
    auto redis = store::read_persistence((*replies)[0]);
    if (!redis) return booted(fail(std::move(redis.error())));
    auto loaded = store::read_snap_state((*replies)[1]);
    if (!loaded) return booted(fail(std::move(loaded.error())));
    if (loaded->boot == redis->run_id)
      return booted(Booted{redis->run_id, loaded->epoch, loaded->durable});
    const auto now = store::read_time((*replies)[2]);
    if (!now) return booted(fail(now.error()));
    keep_books(*redis, *loaded, *now);
  });
}

// Redis was started anew since the numbers in wm:snap were written. The step goes on: its end is
// `booted`.
void SnapshotDriver::keep_books(const store::Persistence& redis, const store::SnapState& loaded,
                                StoreTime now) {
  if (!loaded.boot.empty())
    log_warn("redis has restarted; what came after its last snapshot is lost",
             {{"epoch", loaded.epoch}, {"promised", core_.promised()}});
  store::Batch batch;
  store::add_snap_boot(batch, link_.keys(), redis.run_id, loaded, now, core_.promised());
  store::add_snap_state(batch, link_.keys());
  call(std::move(batch), [this, run_id = redis.run_id](Result<Replies> replies) {
    if (!replies) return booted(fail(std::move(replies.error())));
    if ((*replies)[0].is_error()) return booted(fail(store::error_of((*replies)[0])));
    const auto state = store::read_snap_state((*replies)[1]);
    if (!state) return booted(fail(state.error()));
    booted(Booted{run_id, state->epoch, state->durable});
  });
}

void SnapshotDriver::booted(Result<Booted> result) {
  core_.on_booted(link_.now(), std::move(result));
}

void SnapshotDriver::begin() {
  store::Batch batch;
  store::add_snap_begin(batch, link_.keys());
  store::add_persistence(batch);
  batch.add({"BGSAVE"});
  call(std::move(batch), [this](Result<Replies> replies) {
    if (!replies) return core_.on_begun(link_.now(), fail(std::move(replies.error())));
    core_.on_begun(link_.now(), read_begun(*replies));
  });
}

void SnapshotDriver::look() {
  store::Batch batch;
  store::add_persistence(batch);
  call(std::move(batch), [this](Result<Replies> replies) {
    if (!replies) return core_.on_look(link_.now(), fail(std::move(replies.error())));
    core_.on_look(link_.now(), store::read_persistence(replies->front()));
  });
}

void SnapshotDriver::save() {
  store::Batch batch;
  batch.add({"SAVE"});
  log_warn("fork failed; saving without it, redis answers nobody meanwhile");
  call(std::move(batch), [this](Result<Replies> replies) {
    Result<void> result;
    if (!replies)
      result = fail(std::move(replies.error()));
    else if (replies->front().is_error())
      result = fail(store::error_of(replies->front()));
    core_.on_saved(link_.now(), std::move(result));
  });
}

void SnapshotDriver::mark() {
  keep_generation();
  store::Batch batch;
  store::add_snap_durable(batch, link_.keys(), core_.epoch(), core_.last_duration());
  call(std::move(batch), [this](Result<Replies> replies) {
    Result<void> result;
    if (!replies)
      result = fail(std::move(replies.error()));
    else if (const auto wrong = std::ranges::find_if(*replies, &store::Reply::is_error);
             wrong != replies->end())
      result = fail(store::error_of(*wrong));
    core_.on_marked(link_.now(), std::move(result));
  });
}

void SnapshotDriver::keep_generation() {
  if (redis_dir_.empty()) return;
  if (const auto kept = dispatcher::keep_generation(redis_dir_); !kept)
    log_warn("snapshot was not kept as a generation", {{"detail", kept.error().detail}});
}

// Callers are told last: they may ask for the next snapshot at once.
void SnapshotDriver::answer() {
  if (core_.failures() > told_failures_)
    log_error("snapshot failed", {{"detail", core_.last_error()}, {"failures", core_.failures()}});
  else if (core_.failures() < told_failures_)
    log_info("snapshots work again", {{"epoch", core_.epoch()}});
  told_failures_ = core_.failures();
  for (auto& [ticket, result] : core_.take_answers()) {
    auto node = waiting_.extract(ticket);
    if (!node.empty()) node.mapped()(std::move(result));
  }
}

}  // namespace webmon::dispatcher
