#include "pipeline/dispatcher/streamer.hpp"

#include <algorithm>

#include "lib/core/log.hpp"
#include "lib/store/jobs.hpp"
#include "lib/wire/frames.hpp"

namespace webmon::dispatcher {
namespace {

constexpr int kFramesPerTurn = 256;
constexpr std::size_t kIdsPerCheck = 128;
constexpr nanoseconds kLeastPause = milliseconds{2};
constexpr nanoseconds kMostPause = milliseconds{20};

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
  pump();
  check(window_.held());
}

// While jobs wait for places, the pushed ids that hold them are looked up in turn, the more seldom
// the longer nothing happens.
void Streamer::check_soon() {
  const bool is_wanted = takes_ && (has_backlog_ || window_.credits() == 0);
  if (!is_wanted || check_timer_ != 0 || is_checking_) return;
  check_timer_ = link_.loop().after(pause_, [this] {
    check_timer_ = 0;
    check(window_.next_to_check(kIdsPerCheck));
  });
}

void Streamer::check(std::vector<JobId> ids) {
  if (is_checking_ || ids.empty() || !link_.knows_time()) return;
  store::Batch batch;
  for (const auto id : ids) store::add_job_head(batch, link_.keys(), id);
  is_checking_ = true;
  link_.send(std::move(batch), [this, ids = std::move(ids), alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& replies) {
    if (alive.expired()) return;
    is_checking_ = false;
    if (replies) judge(ids, *replies);
  });
}

void Streamer::judge(const std::vector<JobId>& ids, const std::vector<store::Reply>& replies) {
  std::size_t released = 0;
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (is_done_with(ids[i], replies[i]) && window_.release(ids[i])) ++released;
  pause_ = released > 0 ? kLeastPause : std::min(pause_ * 2, kMostPause);
  if (released > 0) {
    if (jobs_) jobs_->poke();
    if (on_credits_) on_credits_();
  }
  check_soon();
}

bool Streamer::is_done_with(JobId id, const store::Reply& reply) {
  const auto head = store::read_job_head(id, reply);
  if (!head) {  // a record that cannot be read cannot be claimed either
    log_debug("unreadable job record", {{"job", id.text()}, {"detail", head.error().detail}});
    return true;
  }
  if (!*head) {
    ++counters_.gone;
    log_debug("unknown or ended job", {{"job", id.text()}});
    return true;
  }
  if ((*head)->state != store::JobState::ready) {
    ++counters_.claimed;
    return true;
  }
  if ((*head)->next <= link_.store_now()) return false;
  ++counters_.postponed;
  return true;
}

}  // namespace webmon::dispatcher
