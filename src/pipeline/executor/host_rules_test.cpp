#include "pipeline/executor/host_rules.hpp"

#include <gtest/gtest.h>

#include "pipeline/executor/config.hpp"

namespace webmon::executor {
namespace {

constexpr store::HostLimits kLimits{.per_second = 10, .at_once = 4};

TEST(HostRules, LiftsLimitsOfNamedHostsAndNetworksOnly) {
  const std::vector<std::string> unlimited{"127.0.0.0/8", "Example.ORG", "fd00::/8", "192.0.2.7"};
  const auto rules = HostRules::parse(kLimits, unlimited);
  ASSERT_TRUE(rules);
  struct Case {
    std::string host;
    int at_once;
  };
  for (const auto& c :
       {Case{"127.0.0.1", 0}, Case{"127.9.9.9", 0}, Case{"localhost", 0}, Case{"example.org", 0},
        Case{"fd00::1", 0}, Case{"192.0.2.7", 0}, Case{"192.0.2.8", 4}, Case{"www.example.org", 4},
        Case{"128.0.0.1", 4}, Case{"fe80::1", 4}, Case{"127.0.0.1.example.net", 4}}) {
    SCOPED_TRACE(c.host);
    EXPECT_EQ(rules->limits_of(c.host).at_once, c.at_once);
  }
}

TEST(HostRules, RefusesWhatIsNeitherNameNorNetwork) {
  for (const std::string bad : {"", "http://x/", "10.0.0.0/33", "a b", "10.0.0.1/8"}) {
    SCOPED_TRACE(bad);
    const std::vector<std::string> unlimited{bad};
    const auto rules = HostRules::parse(kLimits, unlimited);
    ASSERT_FALSE(rules);
    EXPECT_EQ(rules.error().code, Errc::bad_config);
  }
}

TEST(ExecutorConfig, IsValidByDefaultAndNamesWhatIsWrong) {
  EXPECT_TRUE(validate({}));
  ExecutorConfig short_lease;
  short_lease.lease = short_lease.fetch.limits.total;
  EXPECT_EQ(validate(short_lease).error().code, Errc::bad_config);
  ExecutorConfig no_slots;
  no_slots.slots = 0;
  EXPECT_NE(validate(no_slots).error().detail.find("slots"), std::string::npos);
}

}  // namespace
}  // namespace webmon::executor
