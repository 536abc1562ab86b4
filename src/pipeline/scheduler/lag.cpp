#include "pipeline/scheduler/lag.hpp"

#include <algorithm>
#include <limits>

namespace webmon::scheduler {

void Lag::add(milliseconds delay) noexcept {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  delays_[at_] = static_cast<std::uint32_t>(std::clamp<std::int64_t>(delay.count(), 0, kMost));
  at_ = (at_ + 1) % kKept;
  count_ = std::min(count_ + 1, kKept);
}

milliseconds Lag::quantile(double share) const {
  if (count_ == 0) return milliseconds{0};
  auto sorted = delays_;
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(count_));
  auto* const at = sorted.begin() + std::min(rank, count_ - 1);
  std::nth_element(sorted.begin(), at, sorted.begin() + count_);
  return milliseconds{*at};
}

}  // namespace webmon::scheduler
