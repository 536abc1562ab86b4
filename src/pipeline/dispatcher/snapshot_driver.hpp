/// Carries out what the snapshot coordinator decides: one Redis call at a time, one timer. Threads:
/// the loop's.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <unordered_map>

#include "pipeline/dispatcher/snapshots.hpp"
#include "pipeline/dispatcher/store_link.hpp"

namespace webmon::dispatcher {

class SnapshotDriver {
 public:
  using Done = std::function<void(Result<Covered>)>;
  static constexpr std::size_t kMaxWaiting = 10'000;

  /// `redis_dir`: where dump.rdb is; empty if Redis is elsewhere.
  SnapshotDriver(StoreLink& link, SnapshotConfig config, std::filesystem::path redis_dir);
  ~SnapshotDriver();

  void lead();
  void stand_by();
  /// Before anything is sent over a new connection.
  void reconnected();
  /// `done` is called once, from the loop. Errors: conflict, store_down, store_refused, too_large
  /// (too many wait).
  void now(Done done);
  Result<Soon> soon();
  void note_change() { core_.note_change(); }
  const Snapshots& core() const noexcept { return core_; }

 private:
  void go_on();
  void take(SnapshotStep step);
  void boot();
  void keep_books(const store::Persistence& redis, const store::SnapState& loaded, StoreTime now);
  void begin();
  void look();
  void save();
  void mark();
  void booted(Result<Booted> result);
  void keep_generation();
  void answer();
  template <class F>
  void call(store::Batch batch, F on_reply);

  StoreLink& link_;
  Snapshots core_;
  std::filesystem::path redis_dir_;
  std::unordered_map<Snapshots::Ticket, Done> waiting_;
  Snapshots::Ticket last_ticket_ = 0;
  Loop::TimerId timer_ = 0;
  unsigned told_failures_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
