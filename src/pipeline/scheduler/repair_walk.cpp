#include "pipeline/scheduler/repair_walk.hpp"

#include <algorithm>
#include <utility>

#include "lib/core/log.hpp"

namespace webmon::scheduler {
namespace {

constexpr std::size_t kPage = 500;
constexpr std::size_t kMostStrays = 500;  // of a partition; the rest are due again in the next pass

}  // namespace

template <class F>
void RepairWalk::call(store::Batch batch, F on_reply) {
  is_busy_ = true;
  store_.send(std::move(batch),
              [this, on_reply = std::move(on_reply)](Result<Replies> replies) mutable {
                is_busy_ = false;
                if (replies) on_reply(*replies);
              });
}

void RepairWalk::restart() noexcept {
  ++begun_;
  is_walking_ = true;
  partition_ = 0;
  after_ = AssetId{};
}

void RepairWalk::examine(AssetId id) {
  auto& group = strays_[id.partition()];
  if (group.size() < kMostStrays) group.push_back(id);
}

void RepairWalk::tick() {
  if (is_busy_ || !store_.knows_time()) return;
  if (!strays_.empty()) {
    auto group = strays_.extract(strays_.begin());
    return read_times(std::move(group.mapped()), true);
  }
  if (!is_walking_ && store_.now() >= next_walk_) restart();
  if (is_walking_) read_page();
}

void RepairWalk::read_page() {
  if (partition_ == 0 && after_.is_nil()) next_walk_ = store_.now() + every_;
  store::Batch batch;
  store::add_asset_ids(batch, keys_, partition_, {}, after_, kPage);
  call(std::move(batch), [this, walk = begun_](const Replies& replies) {
    auto ids = store::read_asset_ids(replies.front());
    if (!ids) return log_warn("unreadable list of assets", {{"detail", ids.error().detail}});
    if (walk == begun_) advance(*ids);  // else a new walk has begun meanwhile
    if (!ids->empty()) read_times(std::move(*ids), false);
  });
}

void RepairWalk::advance(const std::vector<AssetId>& page) {
  if (page.size() == kPage) {
    after_ = page.back();
    return;
  }
  after_ = AssetId{};
  partition_ = static_cast<Partition>((partition_ + 1U) % kPartitions);
  if (partition_ != 0) return;
  is_walking_ = false;
  ++counters_.walks;
}

// A time that is right for the shortest interval needs no look at the asset.
std::optional<StoreTime> RepairWalk::trusted_until() const {
  auto shortest = intervals_.all;
  for (const auto& [tag, interval] : intervals_.of_tag)
    shortest = std::min(shortest.value_or(interval), interval);
  if (!shortest) return std::nullopt;
  return latest_check(*shortest, store_.store_now());
}

void RepairWalk::read_times(std::vector<AssetId> ids, bool all) {
  store::Batch batch;
  store::add_next_times(batch, keys_, ids.front().partition(), ids);
  call(std::move(batch), [this, all, ids = std::move(ids)](const Replies& replies) {
    const auto times = store::read_next_times(replies.front());
    if (!times || times->size() != ids.size()) return;
    const auto trusted = trusted_until();
    std::vector<Suspect> suspects;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto& time = (*times)[i];
      if (!all && time && trusted && *time <= *trusted) continue;
      suspects.push_back({ids[i], time, std::nullopt});
    }
    if (!suspects.empty()) read_fields(std::move(suspects));
  });
}

void RepairWalk::read_fields(std::vector<Suspect> suspects) {
  store::Batch batch;
  for (const auto& suspect : suspects) store::add_plan_fields(batch, keys_, suspect.id);
  call(std::move(batch), [this, suspects = std::move(suspects)](const Replies& replies) mutable {
    bool is_complete = true;
    for (std::size_t i = 0; i < suspects.size(); ++i) {
      auto fields = store::read_plan_fields(replies[i]);
      if (fields) suspects[i].fields = std::move(*fields);
      if (!suspects[i].fields) is_complete = false;
    }
    if (!is_complete) return read_documents(std::move(suspects));
    std::vector<std::string> known;
    for (const auto& suspect : suspects) known.push_back(suspect.fields->text);
    repair(suspects, known);
  });
}

// Assets of a build without schedule: what the field must say is read from their documents, once.
void RepairWalk::read_documents(std::vector<Suspect> suspects) {
  store::Batch batch;
  for (const auto& suspect : suspects)
    if (!suspect.fields) store::add_asset_head(batch, keys_, suspect.id);
  call(std::move(batch), [this, suspects = std::move(suspects)](const Replies& replies) mutable {
    std::vector<std::string> known;
    std::size_t at = 0;
    for (auto& suspect : suspects) {
      known.push_back(suspect.fields ? suspect.fields->text : std::string{});
      if (suspect.fields) continue;
      const auto head = store::read_asset_head(replies[at++]);
      if (!head) {
        log_warn("unreadable asset", {{"asset", suspect.id.text()}});
        continue;
      }
      if (!*head) continue;
      auto fields = store::parse_plan_text(store::plan_text((*head)->asset));
      if (fields) suspect.fields = std::move(*fields);
    }
    repair(suspects, known);
  });
}

void RepairWalk::repair(const std::vector<Suspect>& suspects,
                        const std::vector<std::string>& known) {
  std::vector<store::Replan> repairs;
  for (std::size_t i = 0; i < suspects.size(); ++i) {
    const auto& [id, time, fields] = suspects[i];
    store::Replan one{id, time, std::nullopt, known[i], {}};
    if (fields) {
      one.fields_after = fields->text;
      one.after =
          repaired(id, interval_of(*fields, intervals_), time, store_.store_now(), rng_.next());
    }
    if (one.after != one.before || one.fields_after != one.fields_before) repairs.push_back(one);
  }
  if (repairs.empty()) return;
  store::Batch batch;
  store::add_replan(batch, keys_, repairs);
  call(std::move(batch), [this](const Replies& replies) {
    const auto done = store::read_replan(replies.front());
    if (done)
      counters_.repaired += *done;
    else
      log_warn("times were not repaired", {{"detail", done.error().detail}});
  });
}

}  // namespace webmon::scheduler
