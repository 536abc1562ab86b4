#include "pipeline/jobs/asset_source.hpp"

#include <algorithm>
#include <utility>

namespace webmon {
namespace {

class FixedSource final : public AssetSource {
 public:
  explicit FixedSource(std::vector<Target> targets) : targets_{std::move(targets)} {}

  void next(Done done) override {
    TargetPage page;
    const auto count = std::min(kTargetsPerPage, targets_.size() - at_);
    for (const auto end = at_ + count; at_ < end; ++at_) {
      page.targets.push_back(std::move(targets_[at_]));
    }
    page.is_last = at_ == targets_.size();
    done(std::move(page));
  }

 private:
  std::vector<Target> targets_;
  std::size_t at_ = 0;
};

/// Walks the index of one partition after the other. `this` outlives each call by the contract of
/// AssetSource.
class FilterSource final : public AssetSource {
 public:
  FilterSource(store::Redis& redis, store::Keys keys, store::AssetFilter filter)
      : redis_{redis}, keys_{std::move(keys)}, filter_{std::move(filter)} {}

  void next(Done done) override { read_ids(std::move(done)); }

 private:
  void read_ids(Done done) {
    store::Batch batch;
    store::add_asset_ids(batch, keys_, partition_, filter_, after_, kTargetsPerPage);
    redis_.send(std::move(batch), [this, done = std::move(done)](auto replies) mutable {
      if (!replies) return done(fail(std::move(replies.error())));
      auto ids = store::read_asset_ids(replies->front());
      if (!ids) return done(fail(std::move(ids.error())));
      advance(*ids);
      if (!ids->empty()) return read_heads(std::move(*ids), std::move(done));
      if (is_last_) return done(TargetPage{.targets = {}, .skipped = 0, .is_last = true});
      read_ids(std::move(done));
    });
  }

  void advance(const std::vector<AssetId>& ids) {
    if (ids.size() == kTargetsPerPage) {
      after_ = ids.back();
      return;
    }
    after_ = AssetId{};
    is_last_ = partition_ + 1U == kPartitions;
    if (!is_last_) ++partition_;
  }

  void read_heads(std::vector<AssetId> ids, Done done) {
    store::Batch batch;
    for (const auto& id : ids) store::add_asset_head(batch, keys_, id);
    redis_.send(std::move(batch), [this, done = std::move(done)](auto replies) mutable {
      if (!replies) return done(fail(std::move(replies.error())));
      TargetPage page;
      page.is_last = is_last_;
      for (const auto& reply : *replies) {
        auto head = store::read_asset_head(reply);
        if (!head) return done(fail(std::move(head.error())));
        if (!*head) continue;  // removed between the two reads
        const auto& asset = (*head)->asset;
        if (asset.enabled) {
          page.targets.push_back({asset.id, asset.url.host});
        } else {
          ++page.skipped;
        }
      }
      done(std::move(page));
    });
  }

  store::Redis& redis_;
  store::Keys keys_;
  store::AssetFilter filter_;
  Partition partition_ = 0;
  AssetId after_;
  bool is_last_ = false;
};

}  // namespace

std::unique_ptr<AssetSource> fixed_source(std::vector<Target> targets) {
  return std::make_unique<FixedSource>(std::move(targets));
}

std::unique_ptr<AssetSource> filter_source(store::Redis& redis, store::Keys keys,
                                           store::AssetFilter filter) {
  return std::make_unique<FilterSource>(redis, std::move(keys), std::move(filter));
}

}  // namespace webmon
