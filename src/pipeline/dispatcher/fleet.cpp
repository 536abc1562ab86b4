#include "pipeline/dispatcher/fleet.hpp"

#include <algorithm>

#include "lib/store/fleet.hpp"

namespace webmon::dispatcher {
namespace {

constexpr milliseconds kEvery{2'000};

std::size_t natural(int value) { return static_cast<std::size_t>(std::max(value, 0)); }

}  // namespace

void Fleet::tick() {
  if (link_.now() < next_) return;
  next_ = link_.now() + kEvery;
  store::Batch batch;
  store::add_executor_ids(batch, link_.keys());
  link_.send(std::move(batch), [this, alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& replies) {
    if (alive.expired()) return;
    if (!replies) return obituary_.forget();
    auto ids = store::read_executor_ids(replies->front());
    if (ids) read_beats(std::move(*ids));
  });
}

void Fleet::read_beats(std::vector<std::string> ids) {
  if (ids.empty()) return judge({}, {});
  store::Batch batch;
  for (const auto& id : ids) store::add_executor(batch, link_.keys(), id);
  link_.send(std::move(batch), [this, ids = std::move(ids), alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& replies) {
    if (!alive.expired() && replies) judge(ids, *replies);
  });
}

void Fleet::judge(const std::vector<std::string>& ids, const std::vector<store::Reply>& replies) {
  FleetSum sum;
  std::vector<std::pair<std::string, bool>> seen;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto beat = store::read_executor(ids[i], replies[i]);
    if (!beat) continue;  // unreadable: neither alive nor dead
    seen.emplace_back(ids[i], beat->has_value());
    if (!*beat) continue;
    ++sum.executors;
    sum.slots += natural((*beat)->slots);
    sum.in_flight += natural((*beat)->in_flight);
  }
  sum_ = sum;
  has_seen_any_ = has_seen_any_ || sum.executors > 0;
  if (has_seen_any_ && on_look_) on_look_(sum_);
  const auto dead = obituary_.look(link_.now(), seen);
  if (!dead.empty() && on_dead_) on_dead_(dead);
}

}  // namespace webmon::dispatcher
