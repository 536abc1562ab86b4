#include "pipeline/api/fleet_view.hpp"

#include "lib/store/assets.hpp"
#include "lib/store/schedule.hpp"
#include "pipeline/api/asset_access.hpp"

namespace webmon::api {
namespace {

constexpr seconds kScrapeEvery{1};
constexpr std::size_t kPerPartition = 5 + kAssetStates;

void add_totals(store::Batch& batch, const store::Keys& keys, Partition p, StoreTime now) {
  for (const auto& key : {keys.assets(p), keys.pend(p), keys.dead(p)}) batch.add({"ZCARD", key});
  store::add_schedule_counts(batch, keys, p, now);
  store::add_state_counts(batch, keys, p);
}

Result<void> add_numbers(std::span<const store::Reply> replies, FleetView& view) {
  std::size_t at = 0;
  const auto next = [&](std::uint64_t& counter) -> Result<void> {
    const auto number = store::as_integer(replies[at++]);
    if (!number) return fail(number.error());
    counter += static_cast<std::uint64_t>(*number);
    return {};
  };
  for (auto* counter : {&view.assets, &view.pending, &view.dead, &view.planned, &view.overdue})
    if (auto ok = next(*counter); !ok) return ok;
  for (auto& counter : view.states)
    if (auto ok = next(counter); !ok) return ok;
  return {};
}

/// The replies behind those of the partitions: leader, snapshots, persistence.
Result<void> read_rest(std::span<const store::Reply> replies, FleetView& view) {
  auto leader = store::read_leader_report(replies[0]);
  if (!leader) return fail(std::move(leader.error()));
  auto snapshots = store::read_snap_state(replies[1]);
  if (!snapshots) return fail(std::move(snapshots.error()));
  auto persistence = store::read_persistence(replies[2]);
  if (!persistence) return fail(std::move(persistence.error()));
  view.leader = *leader;
  view.snapshots = std::move(*snapshots);
  view.persistence = std::move(*persistence);
  return {};
}

Awaitable<Checked<std::vector<store::ExecutorBeat>>> read_executors(
    Context& context, const std::vector<std::string>& ids) {
  std::vector<store::ExecutorBeat> alive;
  if (ids.empty()) co_return alive;
  store::Batch batch;
  for (const auto& id : ids) store::add_executor(batch, context.keys, id);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto beat = store::read_executor(ids[i], (*replies)[i]);
    if (!beat) co_return refuse(beat.error());
    if (*beat) alive.push_back(std::move(**beat));
  }
  co_return alive;
}

}  // namespace

Awaitable<Checked<FleetView>> read_fleet(Context& context) {
  const auto now = co_await store_now(context);
  if (!now) co_return refuse(now.error());
  store::Batch batch;
  for (unsigned p = 0; p < kPartitions; ++p)
    add_totals(batch, context.keys, static_cast<Partition>(p), *now);
  store::add_leader_report_read(batch, context.keys);
  store::add_snap_state(batch, context.keys);
  store::add_persistence(batch);
  store::add_executor_ids(batch, context.keys);
  const auto replies = co_await ask(context, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  FleetView view;
  const std::span all{*replies};
  for (unsigned p = 0; p < kPartitions; ++p)
    if (auto ok = add_numbers(all.subspan(p * kPerPartition, kPerPartition), view); !ok)
      co_return refuse(std::move(ok.error()));
  if (auto ok = read_rest(all.subspan(kPartitions * kPerPartition), view); !ok)
    co_return refuse(std::move(ok.error()));
  const auto ids = store::read_executor_ids(all.back());
  if (!ids) co_return refuse(ids.error());
  auto executors = co_await read_executors(context, *ids);
  if (!executors) co_return refuse(executors.error());
  view.executors = std::move(*executors);
  co_return view;
}

Awaitable<std::shared_ptr<const FleetView>> fleet_for_scrape(Context& context) {
  auto& cache = context.fleet;
  const auto now = context.clock.mono();
  if (cache.read_at && now - *cache.read_at < kScrapeEvery) co_return cache.view;
  cache.read_at = now;
  auto view = co_await read_fleet(context);
  cache.view = view ? std::make_shared<const FleetView>(std::move(*view)) : nullptr;
  co_return cache.view;
}

}  // namespace webmon::api
