#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "cli/lock_file.hpp"
#include "cli/redis_server.hpp"
#include "tests/support/redis_server.hpp"

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;
using webmon::testing::read_file;
using webmon::testing::RedisServer;
using webmon::testing::TempDir;

/// A directory with a good snapshot of a real server under `name`.
void put_snapshot(const TempDir& dir, const char* name) {
  const RedisServer server;
  server.command({"SET", "key", "value"});
  ASSERT_EQ(server.command({"SAVE"}), "OK");
  fs::copy_file(server.directory() / "dump.rdb", dir / name);
}

TEST(RepairSnapshots, LeavesAGoodOneAndRemovesUnfinishedOnes) {
  const TempDir dir;
  put_snapshot(dir, "dump.rdb");
  dir.write("temp-123.rdb", "half");
  const auto before = read_file(dir / "dump.rdb");
  ASSERT_TRUE(repair_snapshots(dir.path()));
  EXPECT_EQ(read_file(dir / "dump.rdb"), before);
  EXPECT_FALSE(fs::exists(dir / "temp-123.rdb"));
}

TEST(RepairSnapshots, FallsBackToTheNewestGoodGenerationAndKeepsTheDamagedFile) {
  const TempDir dir;
  put_snapshot(dir, "dump.rdb.2");
  dir.write("dump.rdb", "REDIS0010 not really");
  dir.write("dump.rdb.1", "nor this");
  ASSERT_TRUE(repair_snapshots(dir.path()));
  EXPECT_EQ(read_file(dir / "dump.rdb"), read_file(dir / "dump.rdb.2"));
  EXPECT_EQ(read_file(dir / "dump.rdb.damaged"), "REDIS0010 not really");
}

TEST(RepairSnapshots, TakesAGenerationWhereTheNewestIsMissing) {
  const TempDir dir;
  put_snapshot(dir, "dump.rdb.1");
  ASSERT_TRUE(repair_snapshots(dir.path()));
  EXPECT_EQ(read_file(dir / "dump.rdb"), read_file(dir / "dump.rdb.1"));
}

TEST(RepairSnapshots, RefusesToStartEmptyWhereAllAreDamaged) {
  const TempDir dir;
  dir.write("dump.rdb", "x");
  dir.write("dump.rdb.1", "y");
  const auto repaired = repair_snapshots(dir.path());
  ASSERT_FALSE(repaired);
  EXPECT_THAT(repaired.error().detail, ::testing::HasSubstr(dir.path().string()));
  EXPECT_EQ(read_file(dir / "dump.rdb"), "x");
}

TEST(RepairSnapshots, IsContentWithAnEmptyDirectory) {
  const TempDir dir;
  EXPECT_TRUE(repair_snapshots(dir.path()));
}

TEST(RedisLock, KeepsASecondServerOutAndNamesTheHolder) {
  const TempDir dir;
  const auto held = LockFile::take(dir / "redis.lock");
  ASSERT_TRUE(held);
  const auto refused = become_redis_server(dir.path(), milliseconds{0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr(std::to_string(getpid())));
}

}  // namespace
}  // namespace webmon::cli
