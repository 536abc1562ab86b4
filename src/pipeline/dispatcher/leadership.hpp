/// Whether this dispatcher holds the leader's lease, judged by its own monotonic clock: from the
/// moment an answer was asked for, not from when it came, so that it never believes to lead longer
/// than Redis does. Pure.
#pragma once

#include "lib/core/clock.hpp"

namespace webmon::dispatcher {

class Leadership {
 public:
  explicit Leadership(milliseconds term) : term_{term} {}

  /// The answer to a request that was sent at `sent`.
  void answered(MonoTime sent, bool is_ours) { until_ = is_ours ? sent + term_ : kNever; }
  /// Redis refuses all writes (MISCONF): nobody else can take the lease either, so a held one
  /// stays.
  void writes_refused(MonoTime sent) {
    if (until_ > sent) until_ = sent + term_;
  }
  void give_up() { until_ = kNever; }
  bool is_leading(MonoTime now) const { return now < until_; }
  MonoTime until() const { return until_; }

 private:
  static constexpr MonoTime kNever = MonoTime::min();
  milliseconds term_;
  MonoTime until_ = kNever;
};

}  // namespace webmon::dispatcher
