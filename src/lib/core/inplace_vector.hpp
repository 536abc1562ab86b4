/// A vector of at most `kMost` elements that stand in it: nothing is allocated, and nothing is
/// written where no element is. Of std::inplace_vector of C++26 what is used here. Threads: none.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

namespace webmon {

template <class T, std::size_t kMost>
class InplaceVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;

  InplaceVector() noexcept {}  // NOLINT: `items_` is written as it is filled

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  bool is_full() const noexcept { return size_ == kMost; }
  T* begin() noexcept { return items_.data(); }
  T* end() noexcept { return items_.data() + size_; }
  const T* begin() const noexcept { return items_.data(); }
  const T* end() const noexcept { return items_.data() + size_; }
  T& operator[](std::size_t i) noexcept { return items_[i]; }
  const T& operator[](std::size_t i) const noexcept { return items_[i]; }
  const T& front() const noexcept { return items_[0]; }

  /// It must not be full.
  void push_back(const T& item) noexcept { items_[size_++] = item; }
  /// Puts `item` before the others; the last one makes room if it is full.
  void push_front(const T& item) noexcept {
    size_ = std::min(size_ + 1, kMost);
    std::move_backward(begin(), end() - 1, end());
    items_[0] = item;
  }

  bool operator==(const InplaceVector& other) const { return std::ranges::equal(*this, other); }

 private:
  union {
    std::array<T, kMost> items_;
  };
  std::size_t size_ = 0;
};

}  // namespace webmon
