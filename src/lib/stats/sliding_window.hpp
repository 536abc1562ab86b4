/// The last `Size` values of a series, oldest forgotten first. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "lib/stats/moments.hpp"

namespace webmon {

template <class T, std::size_t Size>
class SlidingWindow {
 public:
  static constexpr std::size_t kSize = Size;

  void add(T value) noexcept {
    values_[next_] = value;
    next_ = (next_ + 1) % Size;
    count_ = std::min(count_ + 1, Size);
  }
  /// In the order of their places, not of time.
  std::span<const T> values() const noexcept { return {values_.data(), count_}; }
  /// In the order of time, as `add` takes them.
  T from_oldest(std::size_t index) const noexcept {
    return values_[count_ < Size ? index : (next_ + index) % Size];
  }

  /// Of nothing: 0.
  T max() const noexcept { return count_ == 0 ? T{} : std::ranges::max(values()); }
  /// Anew from the values each time, in the order of time, so that no error builds up and equal
  /// windows have equal moments. Values must be finite.
  Moments moments() const noexcept {
    Moments all;
    for (std::size_t i = 0; i < count_; ++i) static_cast<void>(all.add(from_oldest(i)));
    return all;
  }

 private:
  std::array<T, Size> values_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace webmon
