#include "pipeline/dispatcher/streamer.hpp"

#include <algorithm>
#include <utility>

#include "lib/core/log.hpp"
#include "lib/store/job_look.hpp"
#include "lib/wire/frames.hpp"

namespace webmon::dispatcher {
namespace {

constexpr int kFramesPerTurn = 256;
constexpr std::size_t kMostPerTick = 1'024;
constexpr std::size_t kWaitingPerTick = 64;  // they are seen again when they have been pushed
constexpr nanoseconds kLeastPause = milliseconds{2};
constexpr nanoseconds kMostPause = milliseconds{64};

}  // namespace

Streamer::Streamer(StoreLink& link, Counters& counters, WindowConfig config)
    : link_{link}, counters_{counters}, window_{config}, pause_{kLeastPause} {}

Streamer::~Streamer() { link_.loop().cancel(check_timer_); }

Result<void> Streamer::bind(bus::Network& network, const std::string& jobs,
                            const std::string& work) {
  auto in = network.bind(link_.loop(), bus::Role::job_receiver, jobs);
  if (!in) return fail(std::move(in.error()));
  auto out = network.bind(link_.loop(), bus::Role::work_sender, work);
  if (!out) return fail(std::move(out.error()));
  jobs_ = std::move(*in);
  work_ = std::move(*out);
  jobs_->watch([this] { take(); }, [this] { return takes_ && window_.credits() > 0; });
  work_->watch([this] { pump(); }, [this] { return pushes_ && window_.waiting() > 0; });
  return {};
}

void Streamer::set_open(bool takes, bool pushes) {
  const bool is_news = takes != takes_ || pushes != pushes_;
  takes_ = takes;
  pushes_ = pushes;
  if (!is_news || !is_bound()) return;
  jobs_->poke();
  pump();
}

void Streamer::set_slots(std::size_t total) {
  window_.set_slots(total);
  if (is_bound() && window_.credits() > 0) jobs_->poke();
}

void Streamer::take() {
  bus::Frames frames;
  for (int i = 0; i < kFramesPerTurn && takes_ && window_.credits() > 0; ++i) {
    if (!jobs_->receive(frames)) break;
    ++counters_.received;
    const auto id = wire::parse_job(frames);
    if (!id) {
      ++counters_.malformed;
      log_debug("malformed job frame dropped", {{"detail", id.error().detail}});
    } else if (!window_.admit(*id)) {
      ++counters_.duplicates;
    }
  }
  pump();
}

void Streamer::set_backlog(bool has_backlog) {
  has_backlog_ = has_backlog;
  check_soon();
}

void Streamer::admit(JobId id) {
  if (!window_.admit(id)) return;
  ++counters_.redispatched;
  pump();
}

void Streamer::admit_new(JobId id) {
  if (window_.admit(id)) pump();
}

void Streamer::pump() {
  if (!pushes_ || !is_bound()) return;
  for (auto id = window_.front(); id; id = window_.front()) {
    if (!work_->send(wire::job_frame(*id))) break;  // its watch calls again when there is room
    window_.pushed(link_.now());
    ++counters_.pushed;
  }
  check_soon();
}

void Streamer::tick() {
  counters_.expired += window_.expire(link_.now());
  if (window_.lose_patience(link_.now()) > 0) {
    jobs_->poke();
    if (on_credits_) on_credits_();
  }
  pump();
  if (std::exchange(has_probed_, false)) return;  // what could be known is known
  auto ids = window_.next_to_check(kMostPerTick, link_.now());
  const auto waiting = window_.first_waiting(kWaitingPerTick);
  ids.insert(ids.end(), waiting.begin(), waiting.end());
  check(std::move(ids), false);
}

bool Streamer::wants_credits() const { return takes_ && (has_backlog_ || window_.credits() == 0); }

std::size_t Streamer::probe_size() const {
  return std::clamp<std::size_t>(window_.limit() / 16, 8, 32);
}

// While jobs wait for places, the ids that have been on their way longest are looked up, a few at a
// time: as long as nearly all turn out to be claimed the next few follow at once, else after a
// pause.
void Streamer::check_soon() {
  if (!wants_credits() || !window_.has_pushed() || check_timer_ != 0 || is_checking_) return;
  check_timer_ = link_.loop().after(pause_, [this] {
    check_timer_ = 0;
    in_this_row_ = 0;
    probe();
  });
}

void Streamer::probe() {
  has_probed_ = true;
  auto ids = window_.next_to_check(probe_size(), link_.now());
  if (!ids.empty()) return check(std::move(ids), true);
  pace(0, 0);
  check_soon();
}

void Streamer::check(std::vector<JobId> ids, bool is_probe) {
  if (is_checking_ || ids.empty() || !link_.knows_time()) return;
  store::Batch batch;
  for (const auto id : ids) store::add_job_look(batch, link_.keys(), id);
  is_checking_ = true;
  counters_.looked_up += ids.size();
  link_.send(std::move(batch),
             [this, is_probe, ids = std::move(ids),
              alive = std::weak_ptr{alive_}](const Result<std::vector<store::Reply>>& replies) {
               if (alive.expired()) return;
               is_checking_ = false;
               if (replies) judge(ids, *replies, is_probe);
             });
}

void Streamer::judge(const std::vector<JobId>& ids, const std::vector<store::Reply>& replies,
                     bool is_probe) {
  std::size_t released = 0;
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (is_done_with(ids[i], replies[i]) && window_.release(ids[i])) ++released;
  in_this_row_ += released;
  if (released > 0) {
    if (jobs_) jobs_->poke();
    if (on_credits_) on_credits_();
  }
  if (is_probe && takes_ && ids.size() == probe_size() && released * 8 >= ids.size() * 7)
    return probe();
  if (is_probe) pace(ids.size(), released);
  check_soon();
}

// The pause aims at finding, each time, as many claimed as fill a few probes, and never so many
// that an executor's pipe could run dry meanwhile.
void Streamer::pace(std::size_t looked, std::size_t released) {
  if (in_this_row_ >= window_.limit() / 4)
    pause_ = std::max(pause_ / 2, kLeastPause);
  else if (released * 2 <= looked)
    pause_ = std::min(pause_ * 2, kMostPause);
}

bool Streamer::is_done_with(JobId id, const store::Reply& reply) {
  const auto look = store::read_job_look(reply);
  if (!look) {  // a record that cannot be read cannot be claimed either
    log_debug("unreadable job record", {{"job", id.text()}, {"detail", look.error().detail}});
    return true;
  }
  if (!*look) {
    ++counters_.gone;
    log_debug("unknown or ended job", {{"job", id.text()}});
    return true;
  }
  if ((*look)->state != store::JobState::ready) {
    ++counters_.claimed;
    return true;
  }
  // It waits, or has waited since it was pushed: an executor has seen it and let it go.
  const auto pushed = window_.pushed_at(id);
  const auto since = pushed ? link_.store_time(*pushed) : link_.store_now();
  if ((*look)->next <= since) return false;
  ++counters_.postponed;
  return true;
}

}  // namespace webmon::dispatcher
