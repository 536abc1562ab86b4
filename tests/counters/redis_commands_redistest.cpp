// Commands and bytes that one check costs Redis, from submit to finish.
#include "tests/counters/redis_rig.hpp"

namespace webmon::counters {
namespace {

struct Cost {
  std::map<std::string, double> calls;  ///< per check, those of scripts included
  double all = 0;
  double bytes_in = 0, bytes_out = 0;
};

class RedisCommands : public RedisRig {
 protected:
  static constexpr int kAssets = 50, kRounds = 10;

  double stat(const std::string& field) { return std::stod(server_.info(field)); }

  /// INFO commandstats: "cmdstat_hget:calls=3,usec=…". What the test itself asks is left out.
  std::map<std::string, double> calls() {
    std::map<std::string, double> found;
    const auto text = server_.command({"INFO", "commandstats"});
    constexpr std::string_view kName = "cmdstat_", kCalls = ":calls=";
    for (auto at = text.find(kName); at != text.npos; at = text.find(kName, at + 1)) {
      const auto from = at + kName.size(), end = text.find(kCalls, from);
      const auto name = text.substr(from, end - from);
      if (name != "info" && name != "ping")
        found[name] = std::stod(text.substr(end + kCalls.size()));
    }
    return found;
  }

  Cost measure(RunId run) {
    const auto assets = create(kAssets);
    execute(submit(assets, run));  // the first check of an asset begins its ring and its state
    const auto before = calls();
    const auto in = stat("total_net_input_bytes"), out = stat("total_net_output_bytes");
    for (int i = 0; i < kRounds; ++i) execute(submit(assets, run));
    Cost cost;
    constexpr double kChecks = kAssets * kRounds;
    cost.bytes_in = (stat("total_net_input_bytes") - in) / kChecks;
    cost.bytes_out = (stat("total_net_output_bytes") - out) / kChecks;
    for (const auto& [name, count] : calls()) {
      const auto known = before.find(name);
      const auto each = (count - (known == before.end() ? 0 : known->second)) / kChecks;
      if (each > 0) cost.calls[name] = each;
      cost.all += each;
    }
    std::printf("calls %.3f, bytes in %.0f, bytes out %.0f:", cost.all, cost.bytes_in,
                cost.bytes_out);
    for (const auto& [name, count] : cost.calls) std::printf(" %s %.3f", name.c_str(), count);
    std::printf("\n");
    return cost;
  }
};

// Of the calls 9 are the client's: three scripts, the job's head, asset, model and report, two
// staged blobs. The others are those of the scripts.
TEST_F(RedisCommands, OfACheckThatNoRunAskedFor) {
  const auto cost = measure({});
  EXPECT_EQ(cost.calls.at("evalsha"), 3) << "submit, claim, finish";
  EXPECT_LE(cost.all, 28);
  EXPECT_LE(cost.bytes_in, 7'940);
  EXPECT_LE(cost.bytes_out, 5'970);
}

TEST_F(RedisCommands, OfACheckOfARun) {
  const auto cost = measure(make_id<RunId>(store_time_ms(1), rng_, 3));
  EXPECT_EQ(cost.calls.at("evalsha"), 3) << "submit, claim, finish";
  EXPECT_LE(cost.all, 37);
  EXPECT_LE(cost.bytes_in, 8'250);
  EXPECT_LE(cost.bytes_out, 6'010);
}

}  // namespace
}  // namespace webmon::counters
