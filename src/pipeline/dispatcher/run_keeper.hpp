/// Marks runs as ended and removes them, with their jobs, an hour later; keeps the ended jobs of a
/// partition within their bound. Small steps, each behind the answer to the one before, so
/// that a run of a million jobs holds nobody up; a bounded number a tick. Threads: the loop's.
#pragma once

#include <deque>
#include <memory>

#include "lib/store/runs.hpp"
#include "pipeline/dispatcher/store_link.hpp"

namespace webmon::dispatcher {

class RunKeeper {
 public:
  RunKeeper(StoreLink& link, milliseconds every, milliseconds retention)
      : link_{link}, every_{every}, retention_{retention} {}

  void tick();

 private:
  using Replies = std::vector<store::Reply>;
  template <class F>
  void call(store::Batch batch, F on_reply);
  bool has_work() const;
  void go_on();
  void step();
  void list();
  void read_headers(const std::vector<RunId>& ids);
  void count(const store::RunHeader& run);
  void retire();
  void remove_jobs(const std::vector<store::Reply>& lists);
  void remove_run();
  void trim_kept();
  bool is_retired(const store::RunHeader& run) const;
  std::vector<Partition> parts_of(const store::RunHeader& run) const;

  StoreLink& link_;
  milliseconds every_, retention_;
  bool is_busy_ = false;
  unsigned steps_left_ = 0;
  MonoTime next_list_{};
  std::size_t rank_ = 0;                   ///< where the list of runs is read next
  std::deque<store::RunHeader> to_count_;  ///< not ended when last seen; one page at most
  std::deque<store::RunHeader> to_retire_;
  std::uint64_t left_ = 0;  ///< jobs of the run in front after the last step; 0: first step
  Partition next_kept_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
