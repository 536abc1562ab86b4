#include "pipeline/api/asset_walk.hpp"

#include <algorithm>
#include <array>

#include "lib/store/trash.hpp"
#include "lib/store/url_scan.hpp"

namespace webmon::api {
namespace {

constexpr unsigned kPartitionsAtOnce = 16;  ///< bounds what one batch can answer
constexpr int kMostScans = 10'000;          ///< of one partition: ten million URLs

Result<std::optional<AssetWalk::Found>> read_found(const store::Reply& reply, bool is_removed) {
  std::optional<AssetWalk::Found> found;
  if (is_removed) {
    auto trashed = store::read_trashed(reply);
    if (!trashed) return fail(std::move(trashed.error()));
    if (*trashed) found = AssetWalk::Found{std::move((*trashed)->head), {}, (*trashed)->removed};
  } else {
    auto head = store::read_asset_head(reply);
    if (!head) return fail(std::move(head.error()));
    if (*head) found = AssetWalk::Found{std::move(**head), {}, {}};
  }
  return found;
}

/// No UUIDv7 of the partition is greater.
AssetId last_id_of(unsigned partition) noexcept {
  std::array<std::uint8_t, 16> bytes;
  bytes.fill(0xff);
  bytes[6] = 0x7f;
  bytes[8] = 0xbf;
  bytes[15] = static_cast<std::uint8_t>(0xc0U | partition);
  return AssetId{bytes};
}

}  // namespace

AssetId AssetWalk::position() const noexcept {
  const bool is_within_partition = !ids_.empty() || !after_.is_nil();
  if (is_within_partition || partition_ == 0) return position_;
  return last_id_of(partition_ - 1);
}

AssetWalk::AssetWalk(Context& context, AssetQuery query, AssetId after)
    : context_{context},
      query_{std::move(query)},
      pattern_{query_.url_pattern()},
      after_{after},
      position_{after} {
  if (query_.host) {  // a host lives in one partition
    partition_ = partition_of_host(*query_.host);
    end_ = partition_ + 1;
  }
  if (after.is_nil()) return;
  if (after.partition() > partition_) partition_ = after.partition();
  if (after.partition() < partition_) after_ = AssetId{};
}

Awaitable<Checked<std::vector<AssetWalk::Found>>> AssetWalk::next(std::size_t candidates,
                                                                  bool with_reports) {
  std::vector<Found> found;
  if (ids_.empty() && partition_ < end_) {
    if (auto ok = co_await find_more(candidates); !ok) co_return refuse(ok.error());
  }
  const auto count = std::min(candidates, ids_.size());
  if (count == 0) co_return found;
  store::Batch batch;
  for (std::size_t i = 0; i < count; ++i) {
    if (query_.is_removed) {
      store::add_trashed(batch, context_.keys, ids_[i]);
    } else {
      store::add_asset_head(batch, context_.keys, ids_[i]);
    }
    const auto key = context_.keys.report(ids_[i]);
    if (with_reports) batch.add({"GET", key});
  }
  const auto replies = co_await ask(context_, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  const std::size_t step = with_reports ? 2 : 1;
  for (std::size_t i = 0; i < count; ++i) {
    auto one = read_found((*replies)[i * step], query_.is_removed);
    if (!one) co_return refuse(std::move(one.error()));
    if (!*one || !query_.matches((*one)->head)) continue;  // or removed between the two reads
    if (with_reports) (*one)->reports = (*replies)[i * step + 1].text;
    found.push_back(std::move(**one));
  }
  position_ = ids_[count - 1];
  ids_.erase(ids_.begin(), ids_.begin() + static_cast<std::ptrdiff_t>(count));
  co_return found;
}

Awaitable<Checked<void>> AssetWalk::find_more(std::size_t count) {
  if (query_.is_removed) co_return co_await read_trash();
  if (pattern_) co_return co_await scan_urls();
  co_return co_await read_sets(count);
}

/// At most `count` ids, of as many partitions as it takes.
Awaitable<Checked<void>> AssetWalk::read_sets(std::size_t count) {
  while (partition_ < end_ && ids_.empty()) {
    store::Batch batch;
    const auto first = partition_;
    // In the middle of a partition there is most likely enough of it.
    const auto last = std::min(end_, first + (after_.is_nil() ? kPartitionsAtOnce : 1U));
    for (auto p = first; p < last; ++p) {
      store::add_asset_ids(batch, context_.keys, static_cast<Partition>(p), query_.set(),
                           p == first ? after_ : AssetId{}, count);
    }
    const auto replies = co_await ask(context_, std::move(batch));
    if (!replies) co_return refuse(replies.error());
    for (const auto& reply : *replies) {
      const auto ids = store::read_asset_ids(reply);
      if (!ids) co_return refuse(ids.error());
      const auto left = std::min(ids->size(), count - ids_.size());
      ids_.insert(ids_.end(), ids->begin(), ids->begin() + static_cast<std::ptrdiff_t>(left));
      if (ids_.size() == count) {  // there may be more in this partition
        after_ = ids_.back();
        break;
      }
      ++partition_;
      after_ = AssetId{};
    }
  }
  co_return Checked<void>{};
}

/// All ids of one partition whose URL has the pattern. Redis has no order for them.
Awaitable<Checked<void>> AssetWalk::scan_urls() {
  std::vector<AssetId> ids;
  std::string cursor = "0";
  for (int scans = 0; scans < kMostScans; ++scans) {
    store::Batch batch;
    store::add_url_scan(batch, context_.keys, static_cast<Partition>(partition_), cursor,
                        *pattern_);
    const auto replies = co_await ask(context_, std::move(batch));
    if (!replies) co_return refuse(replies.error());
    auto scanned = store::read_url_scan(replies->front());
    if (!scanned) co_return refuse(std::move(scanned.error()));
    ids.insert(ids.end(), scanned->ids.begin(), scanned->ids.end());
    cursor = std::move(scanned->cursor);
    if (cursor == "0") break;
  }
  take_partition(std::move(ids));
  co_return Checked<void>{};
}

/// All removed assets of one partition; Redis has them by the time of their removal.
Awaitable<Checked<void>> AssetWalk::read_trash() {
  store::Batch batch;
  store::add_trash(batch, context_.keys, static_cast<Partition>(partition_));
  const auto replies = co_await ask(context_, std::move(batch));
  if (!replies) co_return refuse(replies.error());
  auto ids = store::read_trash(replies->front());
  if (!ids) co_return refuse(std::move(ids.error()));
  take_partition(std::move(*ids));
  co_return Checked<void>{};
}

void AssetWalk::take_partition(std::vector<AssetId> ids) {
  std::ranges::sort(ids);
  const auto [from, to] = std::ranges::unique(ids);
  ids.erase(from, to);
  const auto begin = after_.is_nil() ? ids.begin() : std::ranges::upper_bound(ids, after_);
  ids_.assign(begin, ids.end());
  ++partition_;
  after_ = AssetId{};
}

}  // namespace webmon::api
