/// Where requests beside the page are performed for all checks of one thread: kept in memory, kept
/// in Redis for all executors, and asked of the world only then, each once however many wait for
/// it, within a budget for each host. What does not answer is kept too, for a shorter time.
/// Threads: the loop's.   How plugins use it: docs/plugins.md, "Side requests".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/fetch/fetcher.hpp"
#include "lib/fetch/records.hpp"
#include "lib/loop/loop.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/redis.hpp"
#include "pipeline/executor/check.hpp"
#include "pipeline/executor/counters.hpp"
#include "pipeline/executor/external_checks.hpp"
#include "pipeline/executor/host_lanes.hpp"
#include "pipeline/executor/side_cache.hpp"

namespace webmon::executor {

/// Stable words of answers that are not ok: over the budget of the host, for a minute; not possible
/// here; not there in time.
inline constexpr std::string_view kSideOverBudget = "over_budget";
inline constexpr std::string_view kSideUnsupported = "unsupported";
inline constexpr std::string_view kSideNotYet = "not_yet";

/// How long an answer serves. What did not answer, or said that it cannot now (429, 5xx: RFC 9110
/// §15), is asked again after 10 minutes at most. `status`: of HTTP, 0 of other kinds.
milliseconds side_lifetime(const SideRequest& request, bool is_ok, int status) noexcept;

/// What a desk works with; all must outlive it.
struct SidePorts {
  Loop& loop;
  fetch::PageSource& pages;
  const fetch::FetchLimits& limits;   ///< of pages; those of sides are no larger
  fetch::Records* records = nullptr;  ///< null: names are `unsupported`
  store::Redis* redis = nullptr;      ///< null: kept in memory only
  const store::Keys* keys = nullptr;
  SideCounters* counters = nullptr;
  ExternalChecks* checks = nullptr;  ///< null: the operator allows none
  /// Told before a plugin's digest runs, for a job in that slot if one waits for it, and with
  /// plugin 0 after it: as with `run`, somebody must be to blame if it never returns. May be empty.
  std::function<void(std::optional<unsigned> slot, std::uint8_t plugin)> mark = {};
};

class SideDesk {
 public:
  using Ticket = std::uint64_t;  ///< never 0
  using Done = std::function<void(Side side, bool is_fresh)>;

  explicit SideDesk(SidePorts ports);
  /// Drops what is under way without calling back.
  ~SideDesk();
  SideDesk(const SideDesk&) = delete;
  SideDesk& operator=(const SideDesk&) = delete;

  /// Calls `done` exactly once; from within `ask` if the answer is at hand, and then returns 0. The
  /// question goes on for the next who asks it when all have dropped their tickets. `now` is when
  /// it was asked, `slot` the job's, if it is one.
  Ticket ask(const SidePlan& plan, StoreTime now, std::optional<unsigned> slot, Done done);
  /// `done` will not be called. An unknown ticket is ignored.
  void drop(Ticket ticket);

 private:
  using Key = std::string;
  struct Waiter {
    Ticket ticket;
    std::optional<unsigned> slot;
    Done done;
  };
  struct Question {
    std::uint8_t plugin = 0;
    SideRequest request;
    StoreTime asked{};
    std::string host;  ///< whose budget it takes
    fetch::FetchId fetch = 0;
    fetch::Records::Ticket lookup = 0;
    std::vector<Waiter> waiting;
  };

  void begin(const Key& key, Question& question);
  void run_check(const Key& key, const Question& question);
  void look_in_redis(const Key& key, const Question& question);
  void go(const Key& key, Question& question);
  void look_up(const Key& key, Question& question);
  void enter_lane(const Key& key, Question& question);
  void perform(const Key& key, Question& question);
  void on_page(const Key& key, const Page& page);
  Side digest(const Question& question, const Page& page);
  void keep(const Key& key, const Question& question, const Side& side, milliseconds lifetime);
  void answer(const Key& key, const Side& side, bool is_fresh);
  void refuse(const Key& key, const Question& question);
  Question* find(const Key& key) noexcept;
  void count(std::atomic<std::uint64_t> SideCounters::*counter) noexcept;

  SidePorts ports_;
  SideCache cache_;
  HostLanes lanes_;
  std::unordered_map<Key, Question> questions_;
  std::map<Ticket, Key> tickets_;
  Ticket last_ticket_ = 0;
};

}  // namespace webmon::executor
