#include "pipeline/scheduler/store_port.hpp"

#include <utility>

namespace webmon::scheduler {

void StorePort::send(store::Batch batch, Done done) {
  const auto wanted = batch.size();
  redis_.send(std::move(batch), [wanted, alive = std::weak_ptr{alive_},
                                 done = std::move(done)](Result<std::vector<store::Reply>> result) {
    if (alive.expired()) return;
    if (result && result->size() != wanted)
      result = fail(Errc::store_down, "Redis gave another number of answers than questions");
    done(std::move(result));
  });
}

void StorePort::set_time(MonoTime answered, StoreTime time) noexcept {
  answered_ = answered;
  time_ = time;
  knows_time_ = true;
}

StoreTime StorePort::store_now() const noexcept {
  return time_ + std::chrono::duration_cast<milliseconds>(loop_.now() - answered_);
}

}  // namespace webmon::scheduler
