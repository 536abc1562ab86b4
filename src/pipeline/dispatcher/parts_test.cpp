// The small parts: leadership, obituary, lock file, generations of the snapshot, status.
#include <gtest/gtest.h>
#include <unistd.h>

#include "lib/wire/frames.hpp"
#include "pipeline/dispatcher/generations.hpp"
#include "pipeline/dispatcher/leadership.hpp"
#include "pipeline/dispatcher/lock_file.hpp"
#include "pipeline/dispatcher/obituary.hpp"
#include "pipeline/dispatcher/status.hpp"
#include "tests/support/temp_dir.hpp"

namespace webmon::dispatcher {
namespace {

namespace fs = std::filesystem;
using testing::read_file;
using testing::TempDir;

constexpr MonoTime kStart{seconds{1'000}};

TEST(Leadership, LastsForTheTermFromWhenItWasAskedFor) {
  Leadership leadership{seconds{5}};
  EXPECT_FALSE(leadership.is_leading(kStart));
  leadership.answered(kStart, true);
  EXPECT_TRUE(leadership.is_leading(kStart + milliseconds{4'999}));
  EXPECT_FALSE(leadership.is_leading(kStart + seconds{5}));
}

TEST(Leadership, EndsAtOnceWhenAnotherHoldsTheLease) {
  Leadership leadership{seconds{5}};
  leadership.answered(kStart, true);
  leadership.answered(kStart + seconds{1}, false);
  EXPECT_FALSE(leadership.is_leading(kStart + seconds{1}));
}

TEST(Leadership, IsKeptWhileRedisRefusesWritesButNotTakenThen) {
  Leadership leadership{seconds{5}};
  leadership.writes_refused(kStart);
  EXPECT_FALSE(leadership.is_leading(kStart));
  leadership.answered(kStart, true);
  leadership.writes_refused(kStart + seconds{4});
  EXPECT_TRUE(leadership.is_leading(kStart + seconds{8}));
  leadership.writes_refused(kStart + seconds{20});
  EXPECT_FALSE(leadership.is_leading(kStart + seconds{20}));
}

using Look = std::vector<std::pair<std::string, bool>>;

TEST(Obituary, TellsADeathOnceAfterTheGrace) {
  Obituary obituary{seconds{5}};
  EXPECT_TRUE(obituary.look(kStart, Look{{"a", false}, {"b", true}}).empty());
  EXPECT_TRUE(obituary.look(kStart + milliseconds{4'999}, Look{{"a", false}, {"b", true}}).empty());
  EXPECT_EQ(obituary.look(kStart + seconds{5}, Look{{"a", false}, {"b", true}}),
            std::vector<std::string>{"a"});
  EXPECT_TRUE(obituary.look(kStart + seconds{9}, Look{{"a", false}}).empty());
}

TEST(Obituary, ABeatOrAnOutageOfRedisBeginsTheGraceAnew) {
  Obituary obituary{seconds{5}};
  (void)obituary.look(kStart, Look{{"a", false}, {"b", false}});
  (void)obituary.look(kStart + seconds{2}, Look{{"a", true}, {"b", false}});
  EXPECT_EQ(obituary.look(kStart + seconds{6}, Look{{"a", false}, {"b", false}}),
            std::vector<std::string>{"b"});
  obituary.forget();
  EXPECT_TRUE(obituary.look(kStart + seconds{20}, Look{{"a", false}}).empty());
}

TEST(Obituary, OneThatSaidGoodbyeIsNotDead) {
  Obituary obituary{seconds{5}};
  (void)obituary.look(kStart, Look{{"a", false}});
  (void)obituary.look(kStart + seconds{2}, Look{});
  EXPECT_TRUE(obituary.look(kStart + seconds{8}, Look{{"a", false}}).empty());
}

TEST(LockFile, ASecondHolderIsToldThePidOfTheFirst) {
  const TempDir dir;
  const auto path = dir / "dispatcher.lock";
  {
    const auto first = LockFile::take(path);
    ASSERT_TRUE(first) << first.error().detail;
    const auto second = LockFile::take(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::conflict);
    EXPECT_NE(second.error().detail.find(std::to_string(getpid())), std::string::npos);
  }
  EXPECT_TRUE(LockFile::take(path));
}

TEST(LockFile, GarbageInTheFileIsNotRepeated) {
  const TempDir dir;
  const auto path = dir.write("lock", "\x1b[31m<script>\n");
  const auto first = LockFile::take(path);
  ASSERT_TRUE(first);
  EXPECT_EQ(read_file(path), std::to_string(getpid()) + "\n");
}

TEST(LockFile, AFolderThatIsNotThereIsBadConfig) {
  const TempDir dir;
  const auto lock = LockFile::take(dir / "none" / "lock");
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().code, Errc::bad_config);
}

/// What Redis does: a new file under a temporary name, renamed over the old one.
void save(const TempDir& dir, std::string_view content) {
  dir.write("temp.rdb", content);
  fs::rename(dir / "temp.rdb", dir / "dump.rdb");
}

TEST(Generations, TheLastThreeSnapshotsAreKept) {
  const TempDir dir;
  for (const auto* content : {"one", "two", "three", "four"}) {
    save(dir, content);
    ASSERT_TRUE(keep_generation(dir.path()));
  }
  EXPECT_EQ(read_file(dir / "dump.rdb.1"), "four");
  EXPECT_EQ(read_file(dir / "dump.rdb.2"), "three");
  EXPECT_EQ(read_file(dir / "dump.rdb.3"), "two");
  EXPECT_FALSE(fs::exists(dir / "dump.rdb.4"));
  EXPECT_TRUE(fs::equivalent(dir / "dump.rdb", dir / "dump.rdb.1"));
}

TEST(Generations, TheSameSnapshotIsKeptOnce) {
  const TempDir dir;
  save(dir, "one");
  ASSERT_TRUE(keep_generation(dir.path()));
  save(dir, "two");
  ASSERT_TRUE(keep_generation(dir.path()));
  ASSERT_TRUE(keep_generation(dir.path()));
  EXPECT_EQ(read_file(dir / "dump.rdb.2"), "one");
}

TEST(Generations, WithoutADumpNothingIsTouched) {
  const TempDir dir;
  dir.write("dump.rdb.1", "old");
  const auto kept = keep_generation(dir.path());
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code, Errc::not_found);
  EXPECT_EQ(read_file(dir / "dump.rdb.1"), "old");
}

TEST(Status, FitsIntoOneControlFrameWhateverTheNumbers) {
  Counters counters;
  for (auto* field = &counters.received; field <= &counters.bad_commands; ++field) *field = ~0ULL;
  const auto text = wire::ok_reply({{"counters", to_json(counters)},
                                    {"executors", to_json(FleetSum{SIZE_MAX, SIZE_MAX, SIZE_MAX})},
                                    {"snapshot", to_json(Snapshots{{}})}});
  EXPECT_LT(text.size(), 3'000U);
}

}  // namespace
}  // namespace webmon::dispatcher
