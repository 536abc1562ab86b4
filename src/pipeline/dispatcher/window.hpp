/// The streamer's window: which Job IDs are on their way to executors and not yet claimed, and so
/// how many more may be let in. It bounds what a dead worker's pipe can hold. Pure: no I/O, never
/// reads a clock.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/id.hpp"

namespace webmon::dispatcher {

struct WindowConfig {
  std::size_t least = 64;
  std::size_t most = 1'024;
  std::size_t initial = 256;  ///< before the first executor has been seen
  milliseconds redispatch{
      10'000};  ///< a push not claimed by then is forgotten; the due scan finds the job again
  /// A push not claimed by then takes no place any more: it lies with an executor that is slow or
  /// gone, whose pipe holds more than a hundred ids, and the others must not wait for it.
  milliseconds patience{500};
};

class Window {
 public:
  static constexpr milliseconds kLeastRest{2};  ///< also from the push to the first look
  static constexpr milliseconds kMostRest{1'000};

  explicit Window(WindowConfig config) : config_{config}, limit_{config.initial} {}

  /// Limit = 2 x the slots of all live executors, within the bounds of the configuration.
  void set_slots(std::size_t total) noexcept;

  std::size_t limit() const noexcept { return limit_; }
  std::size_t outstanding() const noexcept { return entries_.size(); }  ///< waiting and pushed
  std::size_t waiting() const noexcept { return waiting_.size(); }
  std::size_t stuck() const noexcept { return stuck_; }  ///< pushed longer ago than our patience
  std::size_t credits() const noexcept {
    const auto placed = outstanding() - stuck_;
    return limit_ > placed ? limit_ - placed : 0;
  }
  bool holds(JobId id) const { return entries_.contains(id); }

  /// Lets `id` in, to be pushed. False: it is held already. Never refuses for lack of credits: the
  /// caller asks.
  bool admit(JobId id);
  /// The next one to push.
  std::optional<JobId> front() const;
  /// The front has been pushed.
  void pushed(MonoTime now);

  /// Up to `count` pushed ids that it is time to look up in the store, the most overdue first:
  /// those pushed first. Each is then left alone for half as long as it has been on its way, within
  /// kLeastRest and kMostRest: executors take ids in about the order of the pushes, so the first
  /// look is mostly the last, and what lies in a slow executor's pipe is not looked up again and
  /// again.
  std::vector<JobId> next_to_check(std::size_t count, MonoTime now);
  /// Nothing: not held, or still waiting.
  std::optional<MonoTime> pushed_at(JobId id) const;
  bool has_pushed() const noexcept { return !looks_.empty(); }
  /// The first `count` of what waits.
  std::vector<JobId> first_waiting(std::size_t count) const;
  /// `id` needs no place any more: claimed, ended, postponed. False: it was not held.
  bool release(JobId id);
  /// Takes the places of pushes older than `patience`; returns how many.
  std::size_t lose_patience(MonoTime now);
  /// Forgets pushes older than `redispatch`; returns how many.
  std::size_t expire(MonoTime now);
  /// Forgets what waits; returns how many.
  std::size_t drop_waiting();

 private:
  using Places = std::list<JobId>;
  using Looks = std::multimap<MonoTime, JobId>;
  struct Entry {
    std::optional<MonoTime> pushed_at;  ///< nothing: still waiting, and `place` is valid
    Places::iterator place;             ///< in waiting_
    Looks::iterator look;               ///< in looks_, once pushed
    bool is_stuck = false;              ///< counted in stuck_
  };

  bool is_current(const std::pair<MonoTime, JobId>& push) const;
  void forget_old_records();

  WindowConfig config_;
  std::size_t limit_;
  std::unordered_map<JobId, Entry> entries_;
  Places waiting_;                                 ///< first in, first pushed
  Looks looks_;                                    ///< pushed ids by the time of their next look
  std::deque<std::pair<MonoTime, JobId>> pushes_;  ///< oldest first; may name ids that are gone
  std::deque<std::pair<MonoTime, JobId>> fresh_;   ///< those of them that still take a place
  std::size_t stuck_ = 0;
};

}  // namespace webmon::dispatcher
