#include "pipeline/dispatcher/trash_keeper.hpp"

#include "lib/core/log.hpp"

namespace webmon::dispatcher {
namespace {

constexpr std::size_t kAtOnce = 100;

}  // namespace

void TrashKeeper::tick() {
  if (is_busy_ || !link_.knows_time() || link_.now() < next_look_) return;
  next_look_ = link_.now() + every_;
  is_busy_ = true;
  const auto until = link_.store_now() - window_;
  store::Batch batch;
  store::add_trash_before(batch, link_.keys(), next_, until, kAtOnce);
  link_.send(std::move(batch),
             [this, until, alive = std::weak_ptr{alive_}](const Result<Replies>& replies) {
               if (alive.expired()) return;
               is_busy_ = false;
               if (!replies) return;
               const auto ids = store::read_trash(replies->front());
               if (!ids) log_warn("unreadable trash", {{"detail", ids.error().detail}});
               // A full answer: more of this partition next time.
               if (!ids || ids->size() < kAtOnce)
                 next_ = static_cast<Partition>((next_ + 1U) % kPartitions);
               if (ids && !ids->empty()) purge(*ids, until);
             });
}

void TrashKeeper::purge(const std::vector<AssetId>& ids, StoreTime until) {
  is_busy_ = true;
  store::Batch batch;
  for (const auto id : ids) store::add_asset_purge(batch, link_.keys(), id, until);
  link_.send(std::move(batch),
             [this, count = ids.size(), alive = std::weak_ptr{alive_}](const Result<Replies>&) {
               if (alive.expired()) return;
               is_busy_ = false;
               log_info("removed assets purged", {{"assets", count}});
             });
}

}  // namespace webmon::dispatcher
