#include "pipeline/scheduler/hint_queue.hpp"

#include "lib/store/jobs.hpp"

namespace webmon::scheduler {

bool HintQueue::send(JobId id) noexcept {
  if (queue_.size() >= kMost) return false;
  queue_.emplace_back(loop_.now(), id);
  return true;
}

void HintQueue::pump() {
  const auto too_old = loop_.now() - store::kHintGrace;
  while (!queue_.empty() && queue_.front().first <= too_old) queue_.pop_front();
  for (auto credits = queue_.empty() ? 0 : outlet_.credits(); credits > 0 && !queue_.empty();
       --credits) {
    const auto id = queue_.front().second;
    queue_.pop_front();
    outlet_.admit(id);
  }
}

}  // namespace webmon::scheduler
