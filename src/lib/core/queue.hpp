/// A bounded queue between two threads: the only thing that threads share. Never waits; whoever
/// fills or empties it wakes the other side's loop (Loop::wake). Threads: all functions may be
/// called from any. Errors: none; a full queue says so.
#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace webmon {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_{capacity} {}

  /// False if it is full; `item` is then untouched.
  [[nodiscard]] bool push(T&& item) {
    const std::scoped_lock lock{mutex_};
    if (items_.size() >= capacity_) return false;
    items_.push_back(std::move(item));
    return true;
  }

  /// Everything in it, oldest first.
  std::vector<T> take_all() {
    std::vector<T> taken;
    const std::scoped_lock lock{mutex_};
    taken.swap(items_);
    return taken;
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::vector<T> items_;
};

}  // namespace webmon
