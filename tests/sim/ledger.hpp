/// The books of one life, kept beside the store and independent of it: what became of every job,
/// how often every asset was committed. It watches each script that is carried out and notes what
/// must never happen. Rolled back together with the store's data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/store/reply.hpp"
#include "lib/store/scripts.hpp"
#include "tests/sim/store_model.hpp"

namespace webmon::sim {

struct JobBook {
  std::string asset, run;
  std::string state;  ///< "ready" "leased" "done" "dead" "cancelled"
  bool is_open() const noexcept { return state == "ready" || state == "leased"; }
};
struct AssetBook {
  std::uint64_t commits = 0;  ///< finish said done
  std::uint64_t learned = 0;  ///< of these with a new model
};

class Ledger {
 public:
  struct Image {
    std::map<std::string, JobBook, std::less<>> jobs;
    std::map<std::string, AssetBook, std::less<>> assets;
  };

  void before(const StoreModel& store, store::Script script,
              std::span<const std::string_view> words);
  void after(const StoreModel& store, store::Script script, std::span<const std::string_view> words,
             const store::Reply& reply);

  Image save() const { return now_; }
  void roll_back(const Image& image) { now_ = image; }
  const Image& books() const noexcept { return now_; }

  /// Prints what every script does to this job.
  void trace(std::string job) { traced_ = std::move(job); }
  /// No check may be planned sooner after the one before. A clock that was stepped breaks it: 0.
  void set_least_pause(milliseconds pause) noexcept { least_pause_ = pause; }
  std::uint64_t scheduled() const noexcept { return scheduled_; }
  void violated(std::string what);
  const std::vector<std::string>& violations() const noexcept { return violations_; }

  std::uint64_t commits() const noexcept { return commits_; }  ///< in all lineages
  std::uint64_t fenced() const noexcept { return fenced_; }
  std::uint64_t stale() const noexcept { return stale_; }

 private:
  struct JobSeen {
    std::string id, state, token, asset, run;
    int attempts = 0, kills = 0;
  };
  static JobSeen look(const StoreModel& store, std::string_view key);
  void note_job(const StoreModel& store, const JobSeen& was, const JobSeen& is,
                store::Script script, std::span<const std::string_view> words,
                std::string_view answer);
  void look_at_schedule(const StoreModel& store, std::span<const std::string_view> words);
  void note_schedule(const StoreModel& store, std::span<const std::string_view> words,
                     const store::Reply& reply);
  void note_commit(const StoreModel& store, std::string_view answer);

  Image now_;
  std::vector<JobSeen> seen_;
  struct PlanSeen {
    std::int64_t planned = 0;
    bool has_open_job = false;
  };
  std::vector<PlanSeen> plans_;            ///< of the schedule being carried out
  std::string asset_, model_key_, model_;  ///< of the finish being carried out
  std::uint64_t n_ = 0;
  std::unordered_set<std::string> tokens_;  ///< ever given out, in all lineages
  std::vector<std::string> violations_;
  std::string traced_;
  milliseconds least_pause_{0};
  std::uint64_t scheduled_ = 0;
  std::uint64_t commits_ = 0, fenced_ = 0, stale_ = 0;
};

}  // namespace webmon::sim
