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
  entry.turn = turns_.insert(turns_.end(), id);
  pushes_.emplace_back(now, id);
  if (pushes_.size() > 4 * config_.most) forget_old_records();
}

bool Window::is_current(const std::pair<MonoTime, JobId>& push) const {
  const auto entry = entries_.find(push.second);
  return entry != entries_.end() && entry->second.pushed_at == push.first;
}

void Window::forget_old_records() {
  std::erase_if(pushes_, [this](const auto& push) { return !is_current(push); });
}

std::vector<JobId> Window::next_to_check(std::size_t count) {
  std::vector<JobId> ids;
  for (count = std::min(count, turns_.size()); count > 0; --count) {
    ids.push_back(turns_.front());
    turns_.splice(turns_.end(), turns_, turns_.begin());
  }
  return ids;
}

std::vector<JobId> Window::held() const {
  std::vector<JobId> ids;
  ids.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) ids.push_back(id);
  return ids;
}

bool Window::release(JobId id) {
  const auto at = entries_.find(id);
  if (at == entries_.end()) return false;
  if (at->second.pushed_at)
    turns_.erase(at->second.turn);
  else
    waiting_.erase(at->second.place);
  entries_.erase(at);
  return true;
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
