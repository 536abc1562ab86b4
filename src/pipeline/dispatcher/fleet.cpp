#include "pipeline/dispatcher/fleet.hpp"

#include <algorithm>

#include "lib/store/fleet.hpp"

namespace webmon::dispatcher {
namespace {

constexpr milliseconds kEvery{2'000};

std::size_t natural(int value) { return static_cast<std::size_t>(std::max(value, 0)); }

FleetSum sum_of(const std::vector<std::string>& ids, const std::vector<store::Reply>& replies) {
  FleetSum sum;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto beat = store::read_executor(ids[i], replies[i]);
    if (!beat || !*beat) continue;
    ++sum.executors;
    sum.slots += natural((*beat)->slots);
    sum.in_flight += natural((*beat)->in_flight);
  }
  return sum;
}

}  // namespace

void Fleet::tick() {
  if (link_.now() < next_) return;
  next_ = link_.now() + kEvery;
  store::Batch batch;
  store::add_executor_ids(batch, link_.keys());
  link_.send(std::move(batch), [this, alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& replies) {
    if (alive.expired() || !replies) return;
    auto ids = store::read_executor_ids(replies->front());
    if (ids) read_beats(std::move(*ids));
  });
}

void Fleet::read_beats(std::vector<std::string> ids) {
  store::Batch batch;
  for (const auto& id : ids) store::add_executor(batch, link_.keys(), id);
  const auto look = [this](FleetSum sum) {
    sum_ = sum;
    has_seen_any_ = has_seen_any_ || sum.executors > 0;
    if (has_seen_any_ && on_look_) on_look_(sum_);
  };
  if (ids.empty()) return look({});
  link_.send(std::move(batch), [look, ids = std::move(ids), alive = std::weak_ptr{alive_}](
                                   const Result<std::vector<store::Reply>>& replies) {
    if (!alive.expired() && replies) look(sum_of(ids, *replies));
  });
}

}  // namespace webmon::dispatcher
