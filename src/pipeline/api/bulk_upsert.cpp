#include "pipeline/api/bulk_upsert.hpp"

#include "lib/store/assets.hpp"
#include "lib/store/fleet.hpp"

namespace webmon::api {
namespace {

constexpr int kTries = 3;

bool is_same(const Asset& a, const Asset& b) {
  return a.url == b.url && a.tags == b.tags && a.enabled == b.enabled && a.interval == b.interval &&
         a.request == b.request && a.tls_verify == b.tls_verify && a.ignore == b.ignore &&
         a.plugins == b.plugins;
}

/// One patch on its way.
struct Item {
  std::size_t index = 0;      ///< of the patch and its result
  std::optional<AssetId> id;  ///< of the asset that has the URL; nothing: it is to be created
  std::optional<Asset> before, after;  ///< of a known one that is to be changed
};

class Upsert {
 public:
  Upsert(Context& context, std::span<const AssetPatch> patches)
      : context_{context}, patches_{patches} {
    for (std::size_t i = 0; i < patches.size(); ++i) {
      open_.push_back({i, {}, {}, {}});
      results_.emplace_back(
          refuse(409, "conflict", "url: others change this asset; send it again"));
    }
  }

  /// What is left in `open_` afterwards was overtaken by others.
  Awaitable<Checked<void>> try_once() {
    if (auto ok = co_await look_up(); !ok) co_return ok;
    if (auto ok = co_await create_or_read(); !ok) co_return ok;
    co_return co_await change();
  }
  bool is_done() const noexcept { return open_.empty(); }
  std::vector<Checked<Upserted>> take_results() { return std::move(results_); }

 private:
  Awaitable<Checked<void>> look_up() {
    store::Batch batch;
    store::add_time(batch);
    for (const auto& item : open_) {
      store::add_url_lookup(batch, context_.keys, *patches_[item.index].url);
    }
    const auto replies = co_await ask(context_, std::move(batch));
    if (!replies) co_return refuse(replies.error());
    const auto now = store::read_time(replies->front());
    if (!now) co_return refuse(now.error());
    now_ = *now;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const auto id = store::read_url_lookup((*replies)[i + 1]);
      if (!id) co_return refuse(id.error());
      open_[i].id = *id;
    }
    co_return Checked<void>{};
  }

  Awaitable<Checked<void>> create_or_read() {
    store::Batch batch;
    for (const auto& item : open_) {
      if (item.id) {
        store::add_asset_head(batch, context_.keys, *item.id);
      } else {
        store::add_asset_create(batch, context_.keys, new_asset(patches_[item.index]));
      }
    }
    const auto replies = co_await ask(context_, std::move(batch));
    if (!replies) co_return refuse(replies.error());
    std::vector<Item> left;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      auto& item = open_[i];
      const auto ok = item.id ? take_head(item, (*replies)[i]) : take_created(item, (*replies)[i]);
      if (!ok) co_return refuse(ok.error());
      if (!*ok) left.push_back(std::move(item));
    }
    open_ = std::move(left);
    co_return Checked<void>{};
  }

  Asset new_asset(const AssetPatch& patch) {
    Asset asset;
    apply(patch, asset);
    asset.id = make_id<AssetId>(now_, context_.rng, partition_of_host(asset.url.host));
    asset.created = asset.updated = now_;
    return asset;
  }

  /// True: the item is done.
  Result<bool> take_created(Item& item, const store::Reply& reply) {
    const auto created = store::read_asset_create(reply);
    if (!created) return fail(created.error());
    if (created->is_new) results_[item.index] = Upserted::created;
    return created->is_new;
  }

  Result<bool> take_head(Item& item, const store::Reply& reply) {
    auto head = store::read_asset_head(reply);
    if (!head) return fail(std::move(head.error()));
    if (!*head) return false;  // removed meanwhile
    item.before = std::move((*head)->asset);
    item.after = item.before;
    apply(patches_[item.index], *item.after);
    item.after->updated = now_;
    if (!is_same(*item.before, *item.after)) return false;
    results_[item.index] = Upserted::unchanged;
    return true;
  }

  Awaitable<Checked<void>> change() {
    store::Batch batch;
    for (const auto& item : open_) {
      if (item.after) store::add_asset_update(batch, context_.keys, *item.before, *item.after);
    }
    if (batch.empty()) co_return Checked<void>{};
    const auto replies = co_await ask(context_, std::move(batch));
    if (!replies) co_return refuse(replies.error());
    std::vector<Item> left;
    auto reply = replies->begin();
    for (auto& item : open_) {
      const auto updated =
          item.after ? store::read_asset_update(*reply++) : Result<store::Updated>{};
      if (!updated) co_return refuse(updated.error());
      if (updated->kind == store::Updated::Kind::updated) {
        results_[item.index] = Upserted::changed;
      } else {
        left.push_back({item.index, {}, {}, {}});
      }
    }
    open_ = std::move(left);
    co_return Checked<void>{};
  }

  Context& context_;
  std::span<const AssetPatch> patches_;
  StoreTime now_{};
  std::vector<Item> open_;
  std::vector<Checked<Upserted>> results_;
};

}  // namespace

Awaitable<Checked<std::vector<Checked<Upserted>>>> upsert(Context& context,
                                                          std::span<const AssetPatch> patches) {
  Upsert run{context, patches};
  for (int tries = 0; tries < kTries && !run.is_done(); ++tries) {
    if (auto ok = co_await run.try_once(); !ok) co_return refuse(ok.error());
  }
  co_return run.take_results();
}

}  // namespace webmon::api
