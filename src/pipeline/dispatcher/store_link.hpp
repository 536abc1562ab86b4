/// Redis as the parts of the dispatcher use it: answers are dropped once the link is gone, an
/// outage is logged once for each reason, and store time can be told between two answers of TIME.
#pragma once

#include <functional>
#include <memory>

#include "lib/core/clock.hpp"
#include "lib/loop/loop.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/redis.hpp"

namespace webmon::dispatcher {

class StoreLink {
 public:
  StoreLink(Loop& loop, store::Redis& redis, std::string ns)
      : loop_{loop}, redis_{redis}, keys_{std::move(ns)} {}
  StoreLink(const StoreLink&) = delete;
  StoreLink& operator=(const StoreLink&) = delete;

  /// As Redis::send. Replies fewer than commands become store_down, so that callers may index them.
  void send(store::Batch batch, store::Redis::Done done);

  /// Did the last batch get an answer? False until the first did.
  bool is_up() const noexcept { return is_up_; }
  const std::string& trouble() const noexcept { return trouble_; }
  const store::Keys& keys() const noexcept { return keys_; }
  Loop& loop() noexcept { return loop_; }
  MonoTime now() const noexcept { return loop_.now(); }

  /// What TIME said in an answer read at `answered`: so our idea of store time is never ahead of
  /// it, however long the answer took, and nothing is done early.
  void set_time(MonoTime answered, StoreTime time) noexcept;
  bool knows_time() const noexcept { return offset_.count() != 0; }
  StoreTime store_now() const noexcept;
  /// Store time at a moment of this process.
  StoreTime store_time(MonoTime at) const noexcept;

 private:
  void note(bool is_up, const std::string& trouble);

  Loop& loop_;
  store::Redis& redis_;
  store::Keys keys_;
  bool is_up_ = false;
  std::string told_;  ///< trouble that was logged; empty: none since it last answered
  std::string trouble_ = "not connected yet";
  milliseconds offset_{0};  ///< store time - monotonic time
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::dispatcher
