#include <gtest/gtest.h>

#include "lib/store/redis.hpp"

namespace webmon::store {
namespace {

TEST(RedisAddress, ReadsPathsHostsAndBracketedAddresses) {
  struct Case {
    const char* text;
    const char* want;
  };
  for (const auto& c :
       {Case{"unix:/run/webmon/redis.sock", "unix:/run/webmon/redis.sock"},
        Case{"/run/redis.sock", "unix:/run/redis.sock"}, Case{"127.0.0.1:6379", "127.0.0.1:6379"},
        Case{"redis.example:1", "redis.example:1"}, Case{"[::1]:6380", "[::1]:6380"}}) {
    SCOPED_TRACE(c.text);
    const auto address = parse_redis_address(c.text);
    ASSERT_TRUE(address);
    EXPECT_EQ(to_string(*address), c.want);
  }
}

TEST(RedisAddress, RefusesEverythingElse) {
  for (const auto& text :
       {std::string{}, std::string{"localhost"}, std::string{":6379"}, std::string{"h:0"},
        std::string{"h:65536"}, std::string{"h:12x"}, std::string{"::1:6379"}, std::string{"[]:1"},
        std::string{"unix:relative"}, std::string{"redis://h:1"}, "/" + std::string(107, 'x')}) {
    SCOPED_TRACE(text);
    const auto address = parse_redis_address(text);
    ASSERT_FALSE(address);
    EXPECT_EQ(address.error().code, Errc::bad_config);
  }
}

}  // namespace
}  // namespace webmon::store
