#include "pipeline/dispatcher/event_mover.hpp"

#include "lib/core/log.hpp"
#include "lib/store/events.hpp"

namespace webmon::dispatcher {
namespace {

constexpr milliseconds kQuiet{5'000};       ///< between two looks while nobody listens
constexpr std::size_t kPerPartition = 200;  ///< entries a look; the rest stays for the next

}  // namespace

// The first answer is whether somebody listens, then come the outboxes by partition.
void EventMover::tick() {
  if (is_busy_ || link_.now() < next_) return;
  is_busy_ = true;
  store::Batch batch;
  store::add_is_listening(batch, link_.keys());
  for (unsigned p = 0; p < kPartitions; ++p)
    store::add_outbox(batch, link_.keys(), static_cast<Partition>(p), kPerPartition);
  link_.send(std::move(batch),
             [this, alive = std::weak_ptr{alive_}](const Result<Replies>& replies) {
               if (alive.expired()) return;
               is_busy_ = false;
               if (replies) publish(*replies);
             });
}

void EventMover::publish(const Replies& replies) {
  const auto listens = store::read_is_listening(replies.front());
  bool is_full = false;
  store::Batch batch;
  for (unsigned p = 0; p < kPartitions; ++p) {
    const auto entries = store::read_outbox(replies[p + 1]);
    if (!entries) {
      log_warn("unreadable outbox", {{"partition", p}, {"detail", entries.error().detail}});
      continue;
    }
    if (entries->empty()) continue;
    is_full = is_full || entries->size() == kPerPartition;
    store::add_publish(batch, link_.keys(), static_cast<Partition>(p), *entries);
  }
  next_ = link_.now();
  if (!is_full && !(listens && *listens)) next_ += kQuiet;
  if (batch.empty()) return;
  store::add_trim_events(batch, link_.keys());
  is_busy_ = true;
  link_.send(std::move(batch), [this, alive = std::weak_ptr{alive_}](const Result<Replies>&) {
    if (!alive.expired()) is_busy_ = false;
  });
}

}  // namespace webmon::dispatcher
