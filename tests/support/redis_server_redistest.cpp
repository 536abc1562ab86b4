#include <gtest/gtest.h>

#include "tests/support/redis_server.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::testing {
namespace {

TEST(RedisServer, AnswersCommands) {
  const RedisServer redis;
  EXPECT_EQ(redis.command({"SET", "a", "x y"}), "OK");
  EXPECT_EQ(redis.command({"GET", "a"}), "x y");
  EXPECT_EQ(redis.command({"GET", "b"}), "(nil)");
  EXPECT_EQ(redis.command({"INCR", "n"}), "1");
  EXPECT_EQ(redis.command({"MGET", "a", "b"}), "x y\n(nil)");
  EXPECT_TRUE(redis.command({"NONSENSE"}).starts_with("(error) ERR unknown command"));
  EXPECT_EQ(redis.command({"CONFIG", "GET", "appendonly"}), "appendonly\nno");
}

TEST(RedisServer, KeepsDataOverStopAndLosesItOverKill) {
  RedisServer redis;
  redis.command({"SET", "a", "kept"});
  redis.stop();
  EXPECT_THROW(redis.command({"PING"}), std::runtime_error);
  redis.start();
  EXPECT_EQ(redis.command({"GET", "a"}), "kept");
  redis.command({"SET", "a", "lost"});
  redis.kill();
  redis.start();
  EXPECT_EQ(redis.command({"GET", "a"}), "kept");
}

TEST(RedisServer, ReadsInfo) {
  const RedisServer redis;
  EXPECT_EQ(redis.info("rdb_saves"), "0");
  redis.command({"SET", "a", "1"});
  redis.command({"BGSAVE"});
  EXPECT_TRUE(wait_until([&] { return redis.info("rdb_saves") == "1"; }));
  EXPECT_EQ(redis.info("no_such_field"), "");
}

}  // namespace
}  // namespace webmon::testing
