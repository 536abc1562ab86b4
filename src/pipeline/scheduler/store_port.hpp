/// Redis as the scheduler uses it: answers are dropped once the scheduler is gone, and store time
/// can be told between two answers of TIME. Threads: the loop's.
#pragma once

#include <memory>

#include "lib/loop/loop.hpp"
#include "lib/store/redis.hpp"

namespace webmon::scheduler {

class StorePort final : public store::Redis {
 public:
  StorePort(Loop& loop, store::Redis& redis) : loop_{loop}, redis_{redis} {}

  /// As Redis::send. Replies fewer than commands become store_down, so that callers may index them.
  void send(store::Batch batch, Done done) override;

  MonoTime now() const noexcept { return loop_.now(); }
  /// What TIME said in an answer read at `answered`: so our idea of store time is never ahead of
  /// it, however long the answer took, and nothing is done early.
  void set_time(MonoTime answered, StoreTime time) noexcept;
  bool knows_time() const noexcept { return knows_time_; }
  StoreTime store_now() const noexcept;

 private:
  Loop& loop_;
  store::Redis& redis_;
  bool knows_time_ = false;
  MonoTime answered_{};
  StoreTime time_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace webmon::scheduler
