#include "pipeline/executor/host_lanes.hpp"

#include <algorithm>
#include <utility>

namespace webmon::executor {
namespace {

constexpr std::size_t kLeastTidy = 4'096;

}  // namespace

HostLanes::Turn HostLanes::enter(const std::string& host, const std::string& what, MonoTime now) {
  if (lanes_.size() >= tidy_at_) forget_idle(now);
  auto& lane = lanes_[host];
  const auto each = nanoseconds{std::chrono::minutes{1}} / budget_.per_minute;
  const auto from = std::max(lane.paid_until, now);
  if (from - now > each * (budget_.burst - 1)) return Turn::refused;
  if (lane.is_busy && lane.waiting.size() >= budget_.waiting) return Turn::refused;
  lane.paid_until = from + each;
  if (!std::exchange(lane.is_busy, true)) return Turn::now;
  lane.waiting.push_back(what);
  return Turn::later;
}

std::optional<std::string> HostLanes::leave(const std::string& host) {
  auto& lane = lanes_.at(host);
  if (lane.waiting.empty()) {
    lane.is_busy = false;
    return std::nullopt;
  }
  auto next = std::move(lane.waiting.front());
  lane.waiting.pop_front();
  return next;
}

HostLanes::HostLanes(Budget budget) : budget_{budget}, tidy_at_{kLeastTidy} {}

void HostLanes::forget_idle(MonoTime now) {
  std::erase_if(
      lanes_, [&](const auto& one) { return !one.second.is_busy && one.second.paid_until <= now; });
  tidy_at_ = std::max(kLeastTidy, 2 * lanes_.size());
}

}  // namespace webmon::executor
