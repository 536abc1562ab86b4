/// The event loop of every process but the api: file descriptors, timers, one hook after each turn.
/// epoll(7). Threads: one loop per thread; only `wake()` may be called from another. Errors: none
/// at run time; the constructor throws std::system_error if the kernel gives no epoll or eventfd.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "lib/core/clock.hpp"

namespace webmon {

class Loop {
 public:
  static constexpr unsigned kRead = 1;
  static constexpr unsigned kWrite = 2;
  using FdCallback =
      std::function<void(unsigned events)>;  ///< kRead | kWrite; errors and hang-up set both
  using TimerCallback = std::function<void()>;
  using TimerId = std::uint64_t;  ///< never 0, never reused

  explicit Loop(Clock& clock = system_clock());
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Time at which this turn began; cheap, constant within a turn.
  MonoTime now() const noexcept;

  /// Watches `fd` for `events`; replaces an earlier watch of the same number. A closed and reused
  /// number is safe as long as `unwatch` was called before `close`. `callback` may watch, unwatch,
  /// add and cancel freely.
  void watch(int fd, unsigned events, FdCallback callback);
  /// Changes only the events of a watched `fd`.
  void change(int fd, unsigned events);
  void unwatch(int fd);

  /// Calls `callback` once, at or after `at`. O(log n).
  TimerId at(MonoTime at, TimerCallback callback);
  TimerId after(nanoseconds delay, TimerCallback callback) {
    return at(now() + delay, std::move(callback));
  }
  /// An unknown or expired id is ignored.
  void cancel(TimerId id);
  /// When the earliest timer is due; whoever drives turns on a clock of its own needs it.
  std::optional<MonoTime> next_timer() const noexcept;

  /// Called after each turn, in the order they were added: to flush what the turn's callbacks
  /// queued.
  void after_turn(std::function<void()> hook);

  /// Runs until `stop()`. Each turn waits for the next timer at most.
  void run();
  /// One turn; waits at most `limit`. Returns whether anything happened.
  bool turn(nanoseconds limit);
  void stop() noexcept;
  /// Makes the current or next wait end at once. The only call that other threads and signal
  /// handlers may make.
  void wake() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon
