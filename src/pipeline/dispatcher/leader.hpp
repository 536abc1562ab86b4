/// Competes for the leader's lease and renews it. Only the dispatcher that holds it pushes, scans
/// and takes snapshots. Also the first to talk to Redis: checks its schema before anything is
/// written. Threads: the loop's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lib/core/rng.hpp"
#include "pipeline/dispatcher/leadership.hpp"
#include "pipeline/dispatcher/store_link.hpp"

namespace webmon::dispatcher {

class Leader {
 public:
  Leader(StoreLink& link, Rng& rng, milliseconds term);
  ~Leader();

  void start();
  /// From when `on_change` has told of it until the lease has run out, whether or not a tick has
  /// seen that: another may hold it from then on.
  bool is_leading() const { return link_.now() < leads_until(); }
  /// When that will be as things are; MonoTime::min() while standing by.
  MonoTime leads_until() const { return was_leading_ ? leadership_.until() : MonoTime::min(); }
  /// True: the lease was taken. False: it was lost.
  void on_change(std::function<void(bool)> callback) { on_change_ = std::move(callback); }
  /// Redis holds data that this build must not touch: called once, nothing was written.
  void on_refused(std::function<void(Error)> callback) { on_refused_ = std::move(callback); }
  /// What else is to be told Redis with each renewal of the lease; not called while standing by.
  void on_renew(std::function<void(store::Batch&)> callback) { on_renew_ = std::move(callback); }
  /// Looks whether the lease has run out. Each tick.
  void tick();
  /// Gives the lease back and stops competing; `done` is called when Redis knows, or cannot be
  /// told.
  void give_up(std::function<void()> done);

 private:
  void check_schema();
  void compete();
  void again();
  void answered(MonoTime sent, const Result<std::vector<store::Reply>>& replies);
  void heal();
  void note(bool is_leading);

  StoreLink& link_;
  std::string token_;
  milliseconds term_;
  Leadership leadership_;
  bool was_leading_ = false;
  bool is_over_ = false;
  bool is_schema_known_ = false;
  Loop::TimerId timer_ = 0;
  MonoTime heal_at_{};
  milliseconds heal_pause_{1'000};
  std::function<void(bool)> on_change_;
  std::function<void(Error)> on_refused_;
  std::function<void(store::Batch&)> on_renew_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
