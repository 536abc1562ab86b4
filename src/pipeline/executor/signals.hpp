/// Signals as events of a loop (signalfd). Block them before the first thread starts.
#pragma once

#include <functional>
#include <initializer_list>

#include "lib/loop/loop.hpp"

namespace webmon::executor {

/// In this thread and all that it starts afterwards.
void block_signals(std::initializer_list<int> signals);
/// `signal` alone is blocked from here on: what a child does before exec. Async-signal-safe.
void hold_only(int signal) noexcept;

class Signals {
 public:
  /// Calls `callback` from the loop. Throws std::system_error if the kernel gives no descriptor.
  Signals(Loop& loop, std::initializer_list<int> signals, std::function<void(int signal)> callback);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  Loop& loop_;
  int fd_;
};

}  // namespace webmon::executor
