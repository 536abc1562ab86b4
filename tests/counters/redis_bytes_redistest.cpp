// Bytes of Redis' memory that one asset takes, by part, after 60 checks: the table of
// docs/redis.md.
#include "tests/counters/redis_rig.hpp"

namespace webmon::counters {
namespace {

class RedisBytes : public RedisRig {
 protected:
  // Sets and indexes are measured at a size at which Redis has given up its compact forms; only a
  // few assets need to be checked to know the size of what a check leaves.
  static constexpr int kAssets = 1'000, kChecked = 8, kChecks = 60;

  double memory(const std::string& key) {
    return std::stod(server_.command({"MEMORY", "USAGE", key, "SAMPLES", "0"}));
  }
  double each_of(const std::vector<AssetId>& assets,
                 std::string (store::Keys::*name)(AssetId) const) {
    double sum = 0;
    for (const auto asset : assets) sum += memory((keys_.*name)(asset));
    return sum / static_cast<double>(assets.size());
  }
};

TEST_F(RedisBytes, OfAnAssetByPart) {
  const auto all = create(kAssets);
  const auto p = all.front().partition();
  const std::vector<AssetId> checked{all.begin(), all.begin() + kChecked};
  for (int i = 0; i < kChecks; ++i) execute(submit(checked));

  std::map<std::string, double> parts;
  parts["identity"] = each_of(checked, &store::Keys::asset);
  parts["model"] = each_of(checked, &store::Keys::model);
  parts["reports"] = each_of(checked, &store::Keys::report);
  parts["history ring"] = each_of(checked, &store::Keys::history);
  parts["url index"] = memory(keys_.urls(p)) / kAssets;
  parts["set of all"] = memory(keys_.assets(p)) / kAssets;
  parts["set of its state"] = memory(keys_.state(p, AssetState::unknown)) / (kAssets - kChecked);
  parts["schedule entry"] = memory(keys_.next(p)) / kAssets;
  double resting = 0;
  for (const auto& [name, bytes] : parts) resting += bytes;

  const auto jobs = submit(all);
  double job = memory(keys_.pend(p)) / kAssets;
  for (const auto id : jobs) job += memory(keys_.job(id)) / kAssets;
  parts["job while it is alive"] = job;
  for (const auto& [name, bytes] : parts) std::printf("| %s | %.0f |\n", name.c_str(), bytes);
  std::printf("| all without a job | %.0f |\n", resting);
  EXPECT_LE(resting, 23 * 1'024);
  EXPECT_LE(job, 350);
}

}  // namespace
}  // namespace webmon::counters
