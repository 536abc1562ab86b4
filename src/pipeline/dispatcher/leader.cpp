#include "pipeline/dispatcher/leader.hpp"

#include <algorithm>

#include "lib/core/log.hpp"
#include "lib/store/fleet.hpp"

namespace webmon::dispatcher {
namespace {

constexpr milliseconds kMostHealPause{30'000};

bool refuses_writes(const store::Reply& reply) {
  return reply.is_error() && reply.text.find("MISCONF") != std::string::npos;
}

}  // namespace

Leader::Leader(StoreLink& link, Rng& rng, milliseconds term)
    : link_{link}, token_{make_token(rng)}, term_{term}, leadership_{term} {}

Leader::~Leader() { link_.loop().cancel(timer_); }

void Leader::start() { again(); }

void Leader::again() {
  if (is_over_) return;
  if (is_schema_known_)
    compete();
  else
    check_schema();
  timer_ = link_.loop().after(term_ / 5, [this] { again(); });
}

void Leader::check_schema() {
  store::Batch batch;
  store::add_meta_check(batch, link_.keys());
  link_.send(std::move(batch), [this, alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& replies) {
    if (alive.expired() || is_over_ || is_schema_known_ || !replies) return;
    if (refuses_writes(replies->front())) return heal();
    const auto checked = store::read_meta_check(replies->front());
    if (checked) {
      is_schema_known_ = true;
      return compete();
    }
    if (checked.error().code != Errc::schema) {
      log_warn("redis does not tell its schema", {{"detail", checked.error().detail}});
      return;
    }
    is_over_ = true;
    if (on_refused_) on_refused_(checked.error());
  });
}

void Leader::compete() {
  store::Batch batch;
  store::add_lead(batch, link_.keys(), token_, term_);
  if (was_leading_ && on_renew_) on_renew_(batch);
  link_.send(std::move(batch), [this, sent = link_.now(), alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& replies) {
    if (!alive.expired() && !is_over_) answered(sent, replies);
  });
}

void Leader::answered(MonoTime sent, const Result<std::vector<store::Reply>>& replies) {
  if (replies) {
    const auto& reply = replies->front();
    if (refuses_writes(reply)) {
      leadership_.writes_refused(sent);
      if (!leadership_.is_leading(link_.now())) heal();
    } else if (const auto is_ours = store::read_lead(reply); is_ours) {
      leadership_.answered(sent, *is_ours);
      heal_pause_ = seconds{1};
    } else {
      log_warn("redis refuses the leader's lease", {{"detail", is_ours.error().detail}});
    }
  }
  tick();
}

// After a failed save Redis takes no writes, the lease included, until a save has ended well; and
// without a leader nobody would ask for one. The coordinator is not needed for it: no number is
// promised.
void Leader::heal() {
  if (link_.now() < heal_at_) return;
  heal_at_ = link_.now() + heal_pause_;
  heal_pause_ = std::min(heal_pause_ * 2, kMostHealPause);
  log_warn("redis takes no writes since a save failed; asking for another");
  store::Batch batch;
  batch.add({"BGSAVE"});
  link_.send(std::move(batch), [](const Result<std::vector<store::Reply>>&) {});
}

void Leader::tick() { note(!is_over_ && leadership_.is_leading(link_.now())); }

void Leader::note(bool is_leading) {
  if (is_leading == was_leading_) return;
  was_leading_ = is_leading;
  log_info(is_leading ? "leading" : "standing by");
  if (on_change_) on_change_(is_leading);
}

void Leader::give_up(std::function<void()> done) {
  is_over_ = true;
  link_.loop().cancel(timer_);
  if (!leadership_.is_leading(link_.now())) {
    note(false);
    return done();
  }
  leadership_.give_up();
  note(false);
  store::Batch batch;
  store::add_unlead(batch, link_.keys(), token_);
  link_.send(std::move(batch),
             [done = std::move(done)](const Result<std::vector<store::Reply>>&) { done(); });
}

}  // namespace webmon::dispatcher
