/// SIGINT, SIGTERM and SIGHUP as bytes in a pipe: on a loop, or to be asked for by code that waits
/// otherwise. One object per process. SIGPIPE is ignored while it lives.
#pragma once

#include <functional>

#include "lib/core/clock.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::cli {

/// Lets a SIGHUP through that was held back since this process was started as a part (process.hpp).
/// Once somebody listens.
void release_hangups() noexcept;

class StopSignals {
 public:
  /// Throws std::system_error if there is no pipe.
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Calls `stop` from the loop for each signal that arrives. With `reload`, SIGHUP calls that
  /// instead, unless the terminal it was started from is gone. Detach before the loop ends.
  void attach(Loop& loop, std::function<void()> stop, std::function<void()> reload = {});
  void detach();

  /// Whether a signal has arrived so far.
  bool is_set() const noexcept;
  /// Waits until a signal arrives or `limit` has passed; true if one did, now or earlier.
  bool wait(milliseconds limit) const noexcept;

 private:
  Loop* loop_ = nullptr;
};

}  // namespace webmon::cli
