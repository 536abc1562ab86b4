/// Users of one life: they add assets, start runs, change, pause and remove, ask for snapshots and
/// remember what they were promised. They reach the store through an api process that can be
/// killed; what was not answered they try again, runs with the same Idempotency-Key.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/store/assets.hpp"
#include "pipeline/jobs/jobs_api.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/redis_host.hpp"

namespace webmon::sim {

inline constexpr std::string_view kCanary = "CANARY-7f3a91";

struct ClientSettings {
  std::size_t assets = 10;
  bool has_poison = false;
  std::optional<seconds> interval;  ///< of every asset; nothing: no asset is scheduled
};

class Client {
 public:
  Client(World& world, RedisHost& redis, Wires& wires, Ledger& ledger, ClientSettings settings);
  ~Client();

  void kill_api();
  void start_api();
  /// From now on only finishes what it has begun, then pauses every asset.
  void wind_down() { is_winding_down_ = true; }
  bool is_idle() const { return wanted_.empty() && (!is_winding_down_ || unpaused().empty()); }
  /// Everything that was promised to be durable must be in the books; call it after a rollback.
  void check_promises() const;
  std::size_t runs_started() const noexcept { return runs_; }
  std::size_t promises() const noexcept { return promised_.size(); }

 private:
  struct Api;
  struct Run {
    std::string key;
    std::vector<Target> targets;
    bool wants_snapshot = false;
  };

  void step();
  std::vector<AssetId> unpaused() const;
  void create_asset(const std::string& url);
  void change_asset(AssetId id);
  void update_asset(const Asset& before);
  void remove_asset(const Asset& asset);
  void start_run();
  void try_run(const Run& run);
  void on_run(const Run& run, const RunStarted& started);
  void confirm(std::uint64_t epoch, std::vector<JobId> jobs);
  void cancel_some();
  std::string new_url();

  World& world_;
  RedisHost& redis_;
  Wires& wires_;
  Ledger& ledger_;
  ClientSettings settings_;
  Host host_;
  store::Keys keys_;
  std::unique_ptr<Api> api_;
  std::map<std::string, AssetId> assets_;  ///< by URL, as far as known
  std::deque<Run> wanted_;                 ///< not answered yet
  std::vector<JobId> jobs_;                ///< answered, some of them
  std::set<std::string> promised_;         ///< job ids
  bool is_winding_down_ = false;
  bool is_busy_ = false;
  std::size_t runs_ = 0, pages_ = 0;
};

}  // namespace webmon::sim
