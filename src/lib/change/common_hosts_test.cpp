#include "lib/change/common_hosts.hpp"

#include <gtest/gtest.h>

namespace webmon::change {
namespace {

TEST(CommonHosts, ListsDomainsWithAllBelowThem) {
  EXPECT_TRUE(is_common_host("cdn.jsdelivr.net"));
  EXPECT_TRUE(is_common_host("www.google-analytics.com"));
  EXPECT_TRUE(is_common_host("twitter.com"));
  EXPECT_FALSE(is_common_host("notjsdelivr.net"));
  EXPECT_FALSE(is_common_host("net"));
  EXPECT_FALSE(is_common_host(""));
}

}  // namespace
}  // namespace webmon::change
