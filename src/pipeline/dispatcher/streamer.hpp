/// The Streamer: PULL `jobs` -> window -> PUSH `work`, never blocking, and the look-ups in the
/// store that tell which of the pushed ids have been claimed. The decisions are window.hpp's.
/// Threads: the loop's.
#pragma once

#include <memory>

#include "lib/bus/network.hpp"
#include "pipeline/dispatcher/counters.hpp"
#include "pipeline/dispatcher/store_link.hpp"
#include "pipeline/dispatcher/window.hpp"

namespace webmon::dispatcher {

class Streamer {
 public:
  Streamer(StoreLink& link, Counters& counters, WindowConfig config);
  ~Streamer();

  /// Errors: as Network::bind. Binds both or neither.
  Result<void> bind(bus::Network& network, const std::string& jobs, const std::string& work);
  bool is_bound() const noexcept { return work_ != nullptr; }
  std::string jobs_endpoint() const { return jobs_ ? jobs_->endpoint() : std::string{}; }
  std::string work_endpoint() const { return work_ ? work_->endpoint() : std::string{}; }

  /// Takes ids from `jobs` at all; pushes ids to `work` at all.
  void set_open(bool takes, bool pushes);
  /// The slots of all live executors, from which the window's limit follows.
  void set_slots(std::size_t total);
  Window& window() noexcept { return window_; }
  const Window& window() const noexcept { return window_; }
  /// Called when credits came free.
  void on_credits(std::function<void()> callback) { on_credits_ = std::move(callback); }

  /// An id that the due scan says must be pushed.
  void admit(JobId id);
  /// The id of a job that the scheduler has just recorded.
  void admit_new(JobId id);
  /// More ready jobs wait in the store than there are credits: claims must be noticed soon.
  void set_backlog(bool has_backlog);
  /// Looks up the ids whose time has come, forgets old pushes. Each tick.
  void tick();

 private:
  void take();
  void pump();
  bool wants_credits() const;
  std::size_t probe_size() const;
  void check_soon();
  void probe();
  void check(std::vector<JobId> ids, bool is_probe);
  void pace(std::size_t looked, std::size_t released);
  void judge(const std::vector<JobId>& ids, const std::vector<store::Reply>& replies,
             bool is_probe);
  bool is_done_with(JobId id, const store::Reply& reply);

  StoreLink& link_;
  Counters& counters_;
  Window window_;
  bool takes_ = false, pushes_ = false;
  bool has_backlog_ = false;
  bool is_checking_ = false;
  bool has_probed_ = false;      ///< since the last tick
  nanoseconds pause_;            ///< until the next probes while jobs wait for places
  std::size_t in_this_row_ = 0;  ///< ids found claimed by probes that followed each other at once
  Loop::TimerId check_timer_ = 0;
  std::function<void()> on_credits_;
  std::unique_ptr<bus::Channel> jobs_, work_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
