#include "pipeline/dispatcher/window.hpp"

#include <algorithm>

namespace webmon::dispatcher {

void Window::set_slots(std::size_t total) noexcept {
  limit_ = std::clamp(std::min(total, config_.most) * 2, config_.least, config_.most);
}

bool Window::admit(JobId id) {
  const auto [at, is_new] = entries_.try_emplace(id);
  if (!is_new) return false;
  at->second.place = waiting_.insert(waiting_.end(), id);
  return true;
}

std::optional<JobId> Window::front() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.front();
}

void Window::pushed(MonoTime now) {
  const auto id = waiting_.front();
  waiting_.pop_front();
  auto& entry = entries_.at(id);
  entry.pushed_at = now;
  entry.look = looks_.emplace(now + kLeastRest, id);
  pushes_.emplace_back(now, id);
  fresh_.emplace_back(now, id);
  if (pushes_.size() > 4 * config_.most) forget_old_records();
}

bool Window::is_current(const std::pair<MonoTime, JobId>& push) const {
  const auto entry = entries_.find(push.second);
  return entry != entries_.end() && entry->second.pushed_at == push.first;
}

void Window::forget_old_records() {
  for (auto* pushes : {&pushes_, &fresh_})
    std::erase_if(*pushes, [this](const auto& push) { return !is_current(push); });
}

std::vector<JobId> Window::next_to_check(std::size_t count, MonoTime now) {
  std::vector<JobId> ids;
  while (ids.size() < count && !looks_.empty() && looks_.begin()->first <= now) {
    auto look = looks_.extract(looks_.begin());
    auto& entry = entries_.at(look.mapped());
    const nanoseconds half_age = (now - *entry.pushed_at) / 2;
    look.key() = now + std::clamp<nanoseconds>(half_age, kLeastRest, kMostRest);
    ids.push_back(look.mapped());
    entry.look = looks_.insert(std::move(look));
  }
  return ids;
}

std::vector<JobId> Window::first_waiting(std::size_t count) const {
  const auto end =
      std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(std::min(count, waiting_.size())));
  return {waiting_.begin(), end};
}

std::optional<MonoTime> Window::pushed_at(JobId id) const {
  const auto at = entries_.find(id);
  return at == entries_.end() ? std::nullopt : at->second.pushed_at;
}

bool Window::release(JobId id) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return false;
  if (at->second.is_stuck) --stuck_;
  if (at->second.pushed_at)
    looks_.erase(at->second.look);
  else
    waiting_.erase(at->second.place);
  entries_.erase(at);
  return true;
}

std::size_t Window::lose_patience(MonoTime now) {
  const auto before = stuck_;
  for (; !fresh_.empty(); fresh_.pop_front()) {
    if (fresh_.front().first + config_.patience > now) break;
    if (!is_current(fresh_.front())) continue;
    entries_.at(fresh_.front().second).is_stuck = true;
    ++stuck_;
  }
  return stuck_ - before;
}

std::size_t Window::expire(MonoTime now) {
  std::size_t expired = 0;
  for (; !pushes_.empty(); pushes_.pop_front()) {
    const auto [at, id] = pushes_.front();
    if (!is_current(pushes_.front())) continue;  // gone, or let in again since
    if (at + config_.redispatch > now) break;
    release(id);
    ++expired;
  }
  return expired;
}

std::size_t Window::drop_waiting() {
  std::size_t dropped = 0;
  for (; !waiting_.empty(); ++dropped) release(JobId{waiting_.front()});
  return dropped;
}

}  // namespace webmon::dispatcher
