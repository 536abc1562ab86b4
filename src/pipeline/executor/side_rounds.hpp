/// What the plugins of one check want beside the page, until they want no more: their wishes may
/// follow from what came before (a sitemap from robots.txt). Threads: the loop's.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/executor/side_desk.hpp"

namespace webmon::executor {

inline constexpr std::size_t kSidesPerCheck = 16;
inline constexpr unsigned kSideRounds = 3;
/// For all rounds together. What is not there by then is `not_yet`; it may serve the next check.
inline constexpr milliseconds kSideWait{5'000};
/// The same if the first round has external checks.
inline constexpr milliseconds kExecWait{25'000};

class SideRounds {
 public:
  /// What plugins want, knowing those answers (plan_sides).
  using Plan = std::function<std::vector<SidePlan>(std::span<const SideAnswer>)>;

  /// `slot` is the job's, if it is one. `done` is called once, from the loop or from within
  /// `start`, and may destroy this.
  SideRounds(SideDesk& desk, Loop& loop, StoreTime now, std::optional<unsigned> slot, Plan plan,
             std::function<void()> done);
  ~SideRounds();
  SideRounds(const SideRounds&) = delete;
  SideRounds& operator=(const SideRounds&) = delete;

  void start() { next_round(); }
  std::span<const SideAnswer> answers() const noexcept { return answers_; }

 private:
  void next_round();
  std::vector<SidePlan> new_wishes();
  void ask(SidePlan&& plan, milliseconds wait);
  void arrive();
  void give_up();
  void end();

  SideDesk& desk_;
  Loop& loop_;
  StoreTime now_;
  std::optional<unsigned> slot_;
  Plan plan_;
  std::function<void()> done_;
  std::vector<SideAnswer> answers_;
  std::vector<SideDesk::Ticket> tickets_;
  unsigned round_ = 0;
  std::size_t open_ = 0;
  Loop::TimerId timer_ = 0;
};

}  // namespace webmon::executor
