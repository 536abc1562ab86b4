/// The way of the scheduler's Job IDs into the dispatcher's streamer: no socket, but the same
/// terms, a bounded queue that is emptied while the streamer has credits. An id that waits too long
/// is dropped, for by then the due scan looks after its job. Threads: the loop's.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "lib/loop/loop.hpp"
#include "pipeline/jobs/job_sender.hpp"

namespace webmon::scheduler {

/// What the scheduler needs of the streamer.
struct Outlet {
  std::function<std::size_t()> credits;  ///< ids that it takes now
  std::function<void(JobId)> admit;
};

class HintQueue final : public JobSender {
 public:
  static constexpr std::size_t kMost = 4'096;

  HintQueue(Loop& loop, Outlet outlet) : loop_{loop}, outlet_{std::move(outlet)} {}

  bool send(JobId id) noexcept override;
  /// Hands on what there are credits for. To be called when credits come free, and each tick.
  void pump();
  void clear() noexcept { queue_.clear(); }

 private:
  Loop& loop_;
  Outlet outlet_;
  std::deque<std::pair<MonoTime, JobId>> queue_;  ///< oldest first
};

}  // namespace webmon::scheduler
