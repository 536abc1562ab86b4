#include "pipeline/dispatcher/store_link.hpp"

#include "lib/core/log.hpp"

namespace webmon::dispatcher {
namespace {

// What LoopRedis says before its first attempt has ended: no news.
constexpr std::string_view kNotYet = "not connected yet";

milliseconds since_start(MonoTime t) {
  return std::chrono::duration_cast<milliseconds>(t.time_since_epoch());
}

}  // namespace

void StoreLink::send(store::Batch batch, store::Redis::Done done) {
  const auto wanted = batch.size();
  redis_.send(std::move(batch), [this, wanted, alive = std::weak_ptr{alive_},
                                 done = std::move(done)](Result<std::vector<store::Reply>> result) {
    if (alive.expired()) return;
    if (result && result->size() != wanted)
      result = fail(Errc::store_down, "Redis gave another number of answers than questions");
    note(result.has_value(), result ? std::string{} : result.error().detail);
    done(std::move(result));
  });
}

void StoreLink::note(bool is_up, const std::string& trouble) {
  if (is_up && !told_.empty()) {
    log_info("redis answers again");
    told_.clear();
  } else if (!is_up && trouble != kNotYet && trouble != told_) {
    log_warn("redis does not answer", {{"detail", trouble}});
    told_ = trouble;
  }
  is_up_ = is_up;
  trouble_ = trouble;
}

void StoreLink::set_time(MonoTime answered, StoreTime time) noexcept {
  offset_ = time.time_since_epoch() - since_start(answered);
}

StoreTime StoreLink::store_now() const noexcept { return store_time(loop_.now()); }

StoreTime StoreLink::store_time(MonoTime at) const noexcept {
  return StoreTime{since_start(at) + offset_};
}

}  // namespace webmon::dispatcher
