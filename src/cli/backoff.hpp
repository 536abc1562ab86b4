/// When a part that died is started again. Pure.
#pragma once

#include <algorithm>

#include "lib/core/clock.hpp"

namespace webmon::cli {

/// Doubles from 200 ms to 10 s; a part that had lived for 30 s begins anew.
class Backoff {
 public:
  /// The wait before the next start of a part that has just ended after `lifetime`.
  milliseconds next(nanoseconds lifetime) noexcept {
    if (lifetime >= seconds{30}) delay_ = milliseconds{100};
    delay_ = std::min(delay_ * 2, milliseconds{10'000});
    return delay_;
  }

 private:
  milliseconds delay_{100};
};

}  // namespace webmon::cli
