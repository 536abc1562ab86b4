/// Where the assets of a run come from, page by page, so that a run over all assets needs no list
/// of all assets.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/store/assets.hpp"
#include "lib/store/redis.hpp"

namespace webmon {

struct Target {
  AssetId asset;
  std::string host;  ///< of the asset's URL: whose politeness bucket its jobs use
};
struct TargetPage {
  std::vector<Target> targets;  ///< may be empty before the end
  std::uint64_t skipped = 0;    ///< disabled assets left out of this page
  bool is_last = false;
};

class AssetSource {
 public:
  using Done = std::function<void(Result<TargetPage>)>;
  virtual ~AssetSource() = default;
  /// Calls `done` exactly once, perhaps from within; not to be called again before that, nor after
  /// the last page. The source must live until then.
  virtual void next(Done done) = 0;
};

inline constexpr std::size_t kTargetsPerPage = 500;

/// Targets that the caller knows already, kTargetsPerPage at a time.
std::unique_ptr<AssetSource> fixed_source(std::vector<Target> targets);
/// All enabled assets, or those of a tag or state, in order of (partition, id). Disabled ones are
/// counted as skipped.
std::unique_ptr<AssetSource> filter_source(store::Redis& redis, store::Keys keys,
                                           store::AssetFilter filter);

}  // namespace webmon
