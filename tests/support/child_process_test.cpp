#include "tests/support/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/temp_dir.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::testing {
namespace {

TEST(ChildProcess, TellsOutputAndExitStatus) {
  const auto done = run_command({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(done.status, 3);
  EXPECT_EQ(done.output, "out\nerr\n");
}

TEST(ChildProcess, SaysWhichSignalEndedIt) {
  ChildProcess child{{"cat", "/dev/zero"}, {.env = {}, .directory = {}, .output = "/dev/null"}};
  EXPECT_TRUE(child.is_running());
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(), 128 + SIGTERM);
  EXPECT_FALSE(child.is_running());
}

TEST(ChildProcess, Reports127ForAMissingProgram) {
  EXPECT_EQ(run_command({"no-such-program-anywhere"}).status, 127);
}

TEST(ChildProcess, PassesEnvironmentAndDirectory) {
  const auto done =
      run_command({"sh", "-c", "echo $HOME $EXTRA; pwd"},
                  {.env = {{"HOME", "/nowhere"}, {"EXTRA", "x y"}}, .directory = "/"});
  EXPECT_EQ(done.output, "/nowhere x y\n/\n");
}

TEST(ChildProcess, KillsACommandAtItsLimit) {
  EXPECT_EQ(run_command({"tail", "-f", "/dev/null"}, {}, milliseconds{1}).status, 124);
}

TEST(WaitUntil, GivesUpAtItsDeadline) {
  EXPECT_FALSE(wait_until([] { return false; }, milliseconds{1}));
  EXPECT_TRUE(wait_until([] { return true; }, milliseconds{0}));
}

TEST(TempDir, IsRemovedWithItsContent) {
  std::filesystem::path path;
  {
    const TempDir dir;
    path = dir.path();
    const auto file = dir.write("a/b.txt", "hello");
    EXPECT_EQ(read_file(file), "hello");
    EXPECT_LT((dir / "redis.sock").string().size(), 100U) << "too long for a unix socket";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace webmon::testing
