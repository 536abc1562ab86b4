/// One supervised child process: started, started again with backoff when it dies, stopped with a
/// deadline. Threads: the loop's, which must be the main thread (process.hpp).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/backoff.hpp"
#include "cli/process.hpp"
#include "lib/core/clock.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::cli {

class Part {
 public:
  /// Told each time the process ends unasked; the answer says whether to start it again.
  using OnEnd = std::function<bool(const Part&, const Ended&)>;

  Part(Loop& loop, SpawnOptions options, std::string title, OnEnd on_end);
  ~Part();
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  /// Starts it unless it runs.
  void start();
  /// SIGTERM, after `grace` SIGKILL, then `done` (perhaps from within, if it does not run). No
  /// restarts afterwards.
  void stop(milliseconds grace, std::function<void()> done);
  /// SIGKILL now, if it is being stopped.
  void hurry() noexcept;

  /// If it runs.
  void signal(int number) const noexcept;

  bool is_running() const noexcept { return child_.has_value(); }
  const std::string& title() const noexcept { return title_; }
  pid_t pid() const noexcept { return child_ ? child_->pid() : -1; }

 private:
  void has_ended();
  void restart_later();

  Loop& loop_;
  SpawnOptions options_;
  std::string title_;
  OnEnd on_end_;
  std::optional<Child> child_;
  Backoff backoff_;
  MonoTime started_{};
  Loop::TimerId timer_ = 0;
  std::function<void()> stopped_;  // set while stopping
};

}  // namespace webmon::cli
