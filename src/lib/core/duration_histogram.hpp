/// How long something took, counted in fixed buckets. Adding neither allocates nor locks nor enters
/// the kernel, so it may stand on hot paths; the object may lie in memory that processes share.
/// Threads: any may add and read; a reader sees each number whole, not all of one moment.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "lib/core/clock.hpp"

namespace webmon {

class DurationHistogram {
 public:
  /// Upper bounds, inclusive. Above the last is one more bucket. One set for everything, from a
  /// round trip to a unix socket to checks that come minutes late.
  static constexpr std::array<microseconds, 18> kBounds{
      microseconds{100},        microseconds{500},        microseconds{1'000},
      microseconds{2'500},      microseconds{5'000},      microseconds{10'000},
      microseconds{25'000},     microseconds{50'000},     microseconds{100'000},
      microseconds{250'000},    microseconds{500'000},    microseconds{1'000'000},
      microseconds{2'500'000},  microseconds{5'000'000},  microseconds{10'000'000},
      microseconds{30'000'000}, microseconds{60'000'000}, microseconds{300'000'000}};

  /// A negative duration counts as none.
  void add(nanoseconds duration) noexcept {
    const auto at = std::ranges::lower_bound(kBounds, duration) - kBounds.begin();
    counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    const auto ns = std::max<std::int64_t>(duration.count(), 0);
    sum_ns_.fetch_add(static_cast<std::uint64_t>(ns), std::memory_order_relaxed);
  }

  /// Of bucket `at`; kBounds.size() is the one above all bounds.
  std::uint64_t count(std::size_t at) const noexcept {
    return counts_[at].load(std::memory_order_relaxed);
  }
  double sum_seconds() const noexcept {
    return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) * 1e-9;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_ns_{0};
};

}  // namespace webmon
