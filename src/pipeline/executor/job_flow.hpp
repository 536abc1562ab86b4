/// The way of jobs through one executor thread, from a Job ID to its commit. Intake, beats and
/// shutdown are worker.hpp's. Threads: the loop's. Nothing here blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/core/group.hpp"
#include "lib/core/id.hpp"
#include "lib/fetch/fetcher.hpp"
#include "lib/loop/loop.hpp"
#include "lib/store/history.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/redis.hpp"
#include "pipeline/executor/check.hpp"
#include "pipeline/executor/config.hpp"
#include "pipeline/executor/host_rules.hpp"
#include "pipeline/executor/release_queue.hpp"
#include "pipeline/executor/side_desk.hpp"
#include "pipeline/executor/side_rounds.hpp"
#include "pipeline/executor/worker.hpp"

namespace webmon::executor {

class JobFlow {
 public:
  /// All must outlive it. `on_free` is called when a slot becomes free.
  JobFlow(const WorkerPorts& ports, const ExecutorConfig& config, const HostRules& hosts,
          const Groups& groups, store::Redis& redis, ReleaseQueue& releases,
          std::function<void()> on_free);
  ~JobFlow();
  JobFlow(const JobFlow&) = delete;
  JobFlow& operator=(const JobFlow&) = delete;

  std::size_t free_slots() const noexcept { return free_.size(); }
  std::size_t in_flight() const noexcept { return jobs_.size(); }

  /// Takes Job IDs just received, at most `free_slots()`: one batch to Redis.
  void accept(std::span<const JobId> ids);
  /// Renews leases that are due, ends those that are over. Call it every `tick_every()`.
  void tick();
  milliseconds tick_every() const noexcept;
  /// Redis is back: results kept are sent again.
  void resume();
  /// Ends every job; leases go into the release queue.
  void give_back_all();

 private:
  enum class Stage : std::uint8_t { head, claiming, fetching, asking, committing, kept };
  struct Job {
    std::uint64_t serial = 0;
    unsigned slot = 0;
    Stage stage = Stage::head;
    JobId id;
    store::JobRef ref;
    store::ClaimArgs claim_args;
    store::Claim claim;
    MonoTime lease_end{}, renew_at{};
    std::optional<MonoTime> retry_at;  ///< kept: Redis is there but refused; absent: it is away
    store::AssetHead head;
    std::string model, report;  ///< blobs as read with `head`
    fetch::FetchId fetch = 0;
    Page page;
    std::optional<SideRounds> sides;
    int stale = 0;
  };
  using Replies = Result<std::vector<store::Reply>>;
  using Serials = std::vector<std::uint64_t>;

  /// Head, model and report of the job's asset: the head first, so that `rev` is never newer than
  /// the model.
  static constexpr std::size_t kAssetReplies = 3;
  void add_asset_reads(store::Batch& batch, const Job& job) const;

  Job* find(std::uint64_t serial) noexcept;
  void end(Job& job);
  void abandon(Job& job, store::Release::Kind kind, std::string_view why);
  bool is_leased(const Job& job) const noexcept;

  void on_heads(const Serials& serials, Replies replies);
  void claim(const Serials& serials);
  void on_claims(const Serials& serials, MonoTime sent, Replies replies);
  void on_claim(Job& job, MonoTime sent, std::span<const store::Reply> replies);
  bool read_asset(Job& job, std::span<const store::Reply> replies);
  void start_fetch(Job& job);
  void on_page(std::uint64_t serial, Page&& page);
  void ask_sides(Job& job);
  void check_and_commit(Job& job);
  void on_finish(std::uint64_t serial, Replies replies);
  void keep(Job& job, const Error& error);
  void read_again(Job& job);
  void on_read_again(std::uint64_t serial, Replies replies);
  void on_renewed(const Serials& serials, MonoTime sent, Replies replies);
  std::vector<SidePlan> plan(Job& job, std::span<const SideAnswer> known);
  store::FinishArgs compute(Job& job);
  CheckInput input_of(const Job& job);
  void mark(std::uint8_t plugin, MonoTime now) noexcept;
  void mark_and_time(std::uint8_t plugin) noexcept;
  void mark_digest(std::optional<unsigned> slot, std::uint8_t plugin) noexcept;

  WorkerPorts ports_;
  const ExecutorConfig& config_;
  const HostRules& hosts_;
  const Groups& groups_;
  store::Redis& redis_;
  ReleaseQueue& releases_;
  std::function<void()> on_free_;
  store::HistoryLayout layout_;
  SideDesk desk_;  // before the jobs, which drop their questions
  std::unordered_map<std::uint64_t, std::unique_ptr<Job>> jobs_;
  std::vector<unsigned> free_;
  struct {
    std::uint8_t plugin = 0;
    MonoTime at{};
  } entered_;  ///< the plugin that is being run, or was last
  std::uint64_t next_serial_ = 1;
  std::size_t kept_ = 0;
};

}  // namespace webmon::executor
