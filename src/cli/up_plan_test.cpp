#include "cli/up_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "cli/backoff.hpp"
#include "cli/ports.hpp"

namespace webmon::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;

TEST(UpPlan, UsesTheDocumentedEndpointsByDefault) {
  SeededRng rng{1};
  const auto endpoints = plan_endpoints({}, {}, "/data", rng);
  ASSERT_TRUE(endpoints);
  EXPECT_EQ(endpoints->server(), "http://127.0.0.1:8080");
  EXPECT_EQ(endpoints->jobs, "tcp://127.0.0.1:5559");
  EXPECT_EQ(endpoints->work, "tcp://127.0.0.1:5560");
  EXPECT_EQ(endpoints->control, "tcp://127.0.0.1:5561");
  EXPECT_EQ(endpoints->dispatcher_metrics, "127.0.0.1:5562");
  EXPECT_EQ(endpoints->executor_metrics, "127.0.0.1:5563");
  EXPECT_EQ(endpoints->redis, "unix:/data/redis.sock");
}

TEST(UpPlan, TakesThreePortsAndRefusesAnythingElse) {
  SeededRng rng{1};
  UpOptions options;
  options.ports = "1001,1002,1003";
  const auto endpoints = plan_endpoints(options, {}, "/data", rng);
  ASSERT_TRUE(endpoints);
  EXPECT_EQ(endpoints->control, "tcp://127.0.0.1:1003");
  EXPECT_EQ(endpoints->dispatcher_metrics, "127.0.0.1:1004");
  EXPECT_EQ(endpoints->executor_metrics, "127.0.0.1:1005");
  for (const auto* bad :
       {"1", "1,2", "1,2,3,4", "1,2,0", "1,2,x", "1,,2", "1,2,99999", "1,2,65534", "automatic"}) {
    options.ports = bad;
    EXPECT_FALSE(plan_endpoints(options, {}, "/data", rng)) << bad;
  }
}

TEST(UpPlan, PicksDifferentPortsBelowTheKernelsOwn) {
  SeededRng rng{7};
  UpOptions options;
  options.ports = "auto";
  const auto endpoints = plan_endpoints(options, {}, "/data", rng);
  ASSERT_TRUE(endpoints);
  EXPECT_NE(endpoints->jobs, endpoints->work);
  EXPECT_NE(endpoints->listen, "127.0.0.1:8080");
}

TEST(UpPlan, PicksThePortOfTheApiWhereItIsZero) {
  SeededRng rng{7};
  Settings settings;
  settings.api.listen = "127.0.0.1:0";
  const auto endpoints = plan_endpoints({}, settings, "/data", rng);
  ASSERT_TRUE(endpoints);
  const auto picked = parse_host_port(endpoints->listen);
  ASSERT_TRUE(picked) << endpoints->listen;
  EXPECT_EQ(picked->host, "127.0.0.1");
  settings.api.listen = "nowhere:0";
  EXPECT_FALSE(plan_endpoints({}, settings, "/data", rng));
}

TEST(UpPlan, KeepsAddressesThatAreConfiguredWherePortsArePicked) {
  SeededRng rng{7};
  UpOptions options;
  options.ports = "auto";
  Settings settings;
  settings.api.listen = "127.0.0.1:1234";
  settings.executor_metrics = "127.0.0.1:1235";
  const auto endpoints = plan_endpoints(options, settings, "/data", rng);
  EXPECT_EQ(endpoints->listen, "127.0.0.1:1234");
  EXPECT_EQ(endpoints->executor_metrics, "127.0.0.1:1235");
  EXPECT_NE(endpoints->dispatcher_metrics, "127.0.0.1:5562");
}

ConfigFlags flags_of(const std::vector<std::array<std::string, 3>>& given) {
  ConfigFlags flags;
  flags.file = "/etc/x.toml";
  for (const auto& [section, name, text] : given)
    flags.values.push_back({find_key(section, name), text});
  return flags_for_parts(flags, {}, "/data");
}

TEST(UpPlan, TheExecutorNeverFetchesOurOwnListeners) {
  const auto args = executor_part(flags_of({{"executor", "allow_nets", "127.0.0.0/8"}}), {});
  EXPECT_THAT(args,
              testing::IsSupersetOf({"--own", "127.0.0.1:8080", "127.0.0.1:5559", "127.0.0.1:5560",
                                     "127.0.0.1:5561", "127.0.0.1:5562", "127.0.0.1:5563"}));
  EXPECT_THAT(args, Contains("127.0.0.0/8"));
}

TEST(UpPlan, PartsReadTheSameFileAndGetTheFlagsTheyHave) {
  const auto flags = flags_of({{"schedule", "interval", "never"},
                               {"schedule", "tags", "shop=1m"},
                               {"schedule", "tags", "eu=1d"},
                               {"api", "listen", "127.0.0.1:1"}});
  EXPECT_THAT(
      dispatcher_part(flags),
      ElementsAre("dispatcher", "--config", "/etc/x.toml", "--interval", "never", "--tag-interval",
                  "shop=1m", "--tag-interval", "eu=1d", "--redis", "", "--jobs",
                  "tcp://127.0.0.1:5559", "--work", "tcp://127.0.0.1:5560", "--control",
                  "tcp://127.0.0.1:5561", "--redis-dir", "/data", "--metrics", "127.0.0.1:5562"));
  EXPECT_THAT(api_part(flags), testing::Not(Contains("--interval")));
  EXPECT_THAT(api_part(flags), Contains("127.0.0.1:8080")) << "what up has decided, not its flag";
}

TEST(Backoff, DoublesToTenSecondsAndBeginsAnewAfterALongLife) {
  Backoff backoff;
  std::vector<milliseconds::rep> waits;
  for (int i = 0; i < 8; ++i) waits.push_back(backoff.next(milliseconds{5}).count());
  EXPECT_THAT(waits, ElementsAre(200, 400, 800, 1600, 3200, 6400, 10000, 10000));
  EXPECT_EQ(backoff.next(seconds{60}), milliseconds{200});
}

}  // namespace
}  // namespace webmon::cli
