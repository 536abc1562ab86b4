/// A clock that moves only when a test says so. Both faces, monotonic and wall, move together.
#pragma once

#include "lib/core/clock.hpp"

namespace webmon::testing {

class ManualClock final : public Clock {
 public:
  MonoTime mono() noexcept override { return mono_; }
  StoreTime wall() noexcept override { return wall_; }

  void advance(nanoseconds by) noexcept {
    mono_ += by;
    wall_ = start_ + std::chrono::duration_cast<milliseconds>(mono_ - MonoTime{});
  }

 private:
  static constexpr StoreTime start_{milliseconds{1'800'000'000'000}};  // 2027-01-15T08:00:00Z
  MonoTime mono_{};
  StoreTime wall_ = start_;
};

}  // namespace webmon::testing
