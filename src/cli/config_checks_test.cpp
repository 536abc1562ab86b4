#include "cli/config_checks.hpp"

#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

TEST(ConfigChecks, NameServersAreAddressesWithOrWithoutAPort) {
  for (const auto* good : {"", "9.9.9.9", "127.0.0.1:5353", "9.9.9.9,1.1.1.1:53", "2620:fe::fe",
                           "[2620:fe::fe]:53,9.9.9.9"})
    EXPECT_TRUE(check_dns(good)) << good;
  for (const auto* bad :
       {"ns.example.org", "localhost:53", "9.9.9", "9.9.9.9:99999", "9.9.9.9,,1.1.1.1", "9.9.9.9 "})
    EXPECT_FALSE(check_dns(bad)) << bad;
}

TEST(ConfigChecks, NamespacesAreWords) {
  for (const auto* good : {"wm", "wm2", "a-b_c"}) EXPECT_TRUE(check_ns(good)) << good;
  for (const auto* bad : {"", "{a}", "a:b", "WM", "a b", "\xc3\xa4"})
    EXPECT_FALSE(check_ns(bad)) << bad;
  EXPECT_TRUE(check_ns(std::string(32, 'a')));
  EXPECT_FALSE(check_ns(std::string(33, 'a')));
}

TEST(ConfigChecks, TheUserAgentCannotEndItsHeader) {
  EXPECT_TRUE(check_user_agent("webmon/0.1 (+https://example.org/)"));
  for (const auto* bad : {"", "a\r\nHost: b", "\xc3\xa4", "a\tb"})
    EXPECT_FALSE(check_user_agent(bad)) << bad;
}

}  // namespace
}  // namespace webmon::cli
