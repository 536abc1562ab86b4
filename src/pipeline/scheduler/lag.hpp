/// How late checks are submitted: the newest 4,096 delays. Pure.
#pragma once

#include <array>
#include <cstdint>

#include "lib/core/clock.hpp"

namespace webmon::scheduler {

class Lag {
 public:
  static constexpr std::size_t kKept = 4'096;

  /// A negative delay (a clock that was set back) counts as none.
  void add(milliseconds delay) noexcept;
  std::size_t count() const noexcept { return count_; }
  /// The delay that `share` (0 to 1) of them do not exceed; 0 if there are none. O(kKept).
  milliseconds quantile(double share) const;

 private:
  std::array<std::uint32_t, kKept> delays_{};
  std::size_t count_ = 0;
  std::size_t at_ = 0;
};

}  // namespace webmon::scheduler
