#include "cli/doctor_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "cli/doctor_read.hpp"

namespace webmon::cli {
namespace {

using Level = DoctorCheck::Level;

MachineFacts healthy_machine() {
  return {.overcommit = "1",
          .huge_pages = "always [madvise] never",
          .seccomp = "kill_process errno allow",
          .files_soft = 1'024,
          .files_hard = 1'048'576,
          .data_dir = "/srv/webmon",
          .has_data_dir = true,
          .is_data_dir_writable = true,
          .disk_free = 50'000'000'000,
          .is_clock_synchronised = true,
          .name_servers = 1,
          .ca_file = "/etc/ssl/ca.crt",
          .ca_certificates = 140,
          .libraries = "libcurl/7.88.1"};
}

RedisFacts healthy_redis() {
  return {.address = "unix:/srv/webmon/redis.sock",
          .trouble = {},
          .config = {{"save", "3600 1"},
                     {"appendonly", "no"},
                     {"maxmemory-policy", "noeviction"},
                     {"stop-writes-on-bgsave-error", "yes"},
                     {"hz", "100"}},
          .info = {{"redis_version", "7.0.15"},
                   {"used_memory", "1000000"},
                   {"maxmemory", "0"},
                   {"rdb_last_bgsave_status", "ok"},
                   {"rdb_changes_since_last_save", "12"}},
          .meta = {{"schema", "1"}, {"min_reader", "1"}},
          .since_save = seconds{60},
          .clock_difference = milliseconds{3}};
}

ApiFacts healthy_api() {
  return {.server = "http://127.0.0.1:8080",
          .trouble = {},
          .status = "ok",
          .dispatcher = "up",
          .is_snapshot_ok = true,
          .executors = 1};
}

// The one check that is not ok; everything else must be.
void expect_only(const std::vector<DoctorCheck>& checks, const std::string& name, Level level) {
  for (const auto& check : checks) {
    SCOPED_TRACE(check.name + ": " + check.found);
    const bool is_it = check.name == name;
    EXPECT_EQ(to_string(check.level), to_string(is_it ? level : Level::ok));
    EXPECT_EQ(check.why.empty(), check.level == Level::ok);
    EXPECT_EQ(check.todo.empty(), check.level == Level::ok);
    EXPECT_NE(check.found, "");
  }
  EXPECT_EQ(std::ranges::count(checks, name, &DoctorCheck::name), name.empty() ? 0 : 1);
  EXPECT_EQ(has_failure(checks), level == Level::fail);
}

TEST(Doctor, HasNothingToSayAgainstAHealthyMachineRedisAndApi) {
  expect_only(check_machine(healthy_machine(), 1'000'000), "", Level::ok);
  expect_only(check_redis(healthy_redis()), "", Level::ok);
  expect_only(check_api(healthy_api()), "", Level::ok);
}

TEST(Doctor, SaysOfEachTroubleOfTheMachineHowBadItIs) {
  struct Case {
    const char* check;
    Level level;
    std::function<void(MachineFacts&)> spoil;
  };
  const std::vector<Case> cases{
      {"memory overcommit", Level::warn, [](auto& f) { f.overcommit = "0"; }},
      {"memory overcommit", Level::warn, [](auto& f) { f.overcommit = ""; }},
      {"huge pages", Level::warn, [](auto& f) { f.huge_pages = "[always] madvise never"; }},
      {"open files", Level::warn, [](auto& f) { f.files_hard = 2'048; }},
      {"open files", Level::fail, [](auto& f) { f.files_hard = 256; }},
      {"data directory", Level::fail, [](auto& f) { f.is_data_dir_writable = false; }},
      {"disk", Level::warn, [](auto& f) { f.disk_free = 900'000'000; }},
      {"disk", Level::fail, [](auto& f) { f.disk_free = 1'000'000; }},
      {"disk", Level::warn, [](auto& f) { f.disk_free = std::nullopt; }},
      {"clock", Level::warn, [](auto& f) { f.is_clock_synchronised = false; }},
      {"clock", Level::warn, [](auto& f) { f.is_clock_synchronised = std::nullopt; }},
      {"sandbox", Level::warn, [](auto& f) { f.seccomp = ""; }},
      {"name servers", Level::fail, [](auto& f) { f.name_servers = 0; }},
      {"authorities", Level::fail, [](auto& f) { f.ca_certificates = 0; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.check);
    auto facts = healthy_machine();
    c.spoil(facts);
    expect_only(check_machine(facts, 1'000'000), c.check, c.level);
  }
}

TEST(Doctor, WantsMoreRoomOnTheDiskTheMoreRedisHolds) {
  auto facts = healthy_machine();
  facts.disk_free = 5'000'000'000;
  expect_only(check_machine(facts, 1'000'000'000), "", Level::ok);
  expect_only(check_machine(facts, 2'000'000'000), "disk", Level::warn);
  expect_only(check_machine(facts, 6'000'000'000), "disk", Level::fail);
}

TEST(Doctor, SaysOfEachTroubleOfRedisHowBadItIs) {
  struct Case {
    const char* check;
    Level level;
    std::function<void(RedisFacts&)> spoil;
  };
  const std::vector<Case> cases{
      {"Redis version", Level::fail, [](auto& f) { f.info["redis_version"] = "5.0.14"; }},
      {"Redis save", Level::warn, [](auto& f) { f.config["save"] = ""; }},
      {"Redis save", Level::warn, [](auto& f) { f.config.erase("save"); }},
      {"Redis appendonly", Level::warn, [](auto& f) { f.config["appendonly"] = "yes"; }},
      {"Redis maxmemory-policy", Level::fail,
       [](auto& f) { f.config["maxmemory-policy"] = "allkeys-lru"; }},
      {"Redis stop-writes-on-bgsave-error", Level::warn,
       [](auto& f) { f.config["stop-writes-on-bgsave-error"] = "no"; }},
      {"Redis hz", Level::warn, [](auto& f) { f.config["hz"] = "10"; }},
      {"Redis memory", Level::warn, [](auto& f) { f.info["maxmemory"] = "1200000"; }},
      {"Redis memory", Level::fail, [](auto& f) { f.info["maxmemory"] = "1000000"; }},
      {"Redis snapshots", Level::fail, [](auto& f) { f.info["rdb_last_bgsave_status"] = "err"; }},
      {"Redis snapshots", Level::warn, [](auto& f) { f.since_save = seconds{100'000}; }},
      {"Redis clock", Level::warn, [](auto& f) { f.clock_difference = milliseconds{-5'000}; }},
      {"Redis clock", Level::fail, [](auto& f) { f.clock_difference = milliseconds{90'000}; }},
      {"Redis schema", Level::fail, [](auto& f) { f.meta["min_reader"] = "99"; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.check);
    auto facts = healthy_redis();
    c.spoil(facts);
    expect_only(check_redis(facts), c.check, c.level);
  }
  RedisFacts away;
  away.trouble = "connection refused";
  expect_only(check_redis(away), "Redis", Level::fail);
}

TEST(Doctor, SaysWhichPartDoesNotRun) {
  auto facts = healthy_api();
  facts.dispatcher = "down";
  expect_only(check_api(facts), "dispatcher", Level::fail);
  facts = healthy_api();
  facts.executors = 0;
  expect_only(check_api(facts), "executors", Level::fail);
  facts = healthy_api();
  facts.is_snapshot_ok = false;
  expect_only(check_api(facts), "snapshots", Level::fail);
  facts.trouble = "refused";
  expect_only(check_api(facts), "API", Level::fail);
}

TEST(Doctor, KnowsWhoMayHoldAPort) {
  const auto level = [](const char* holder, bool is_up) {
    return check_port({.what = "jobs", .address = "127.0.0.1:5559", .holder = holder}, is_up).level;
  };
  EXPECT_EQ(level("", false), Level::ok);
  EXPECT_EQ(level("", true), Level::fail);
  EXPECT_EQ(level("webmon dispatcher (pid 8)", true), Level::ok);
  EXPECT_EQ(level("webmon dispatcher (pid 8)", false), Level::ok);
  EXPECT_EQ(level("nginx (pid 8)", false), Level::warn);
}

TEST(Doctor, SaysWhyAndWhatToDoOnlyWhereSomethingIsNotOk) {
  const std::vector<DoctorCheck> checks{
      {.name = "a", .level = Level::ok, .found = "fine", .why = {}, .todo = {}},
      {.name = "long", .level = Level::warn, .found = "\x1b[2J", .why = "because", .todo = "mend"}};
  EXPECT_EQ(render_checks(checks, 0),
            "ok    a     fine\n"
            "warn  long  \\x1b[2J\n"
            "      why:  because\n"
            "      do:   mend\n");
}

TEST(Doctor, ReadsInfoOfRedis) {
  const auto info = parse_info("# Server\r\nredis_version:7.0.15\r\n\r\nexecutable:/a:b\r\n");
  EXPECT_EQ(info.at("redis_version"), "7.0.15");
  EXPECT_EQ(info.at("executable"), "/a:b");
  EXPECT_EQ(info.size(), 2U);
}

TEST(Doctor, ReadsThisMachine) {
  const auto facts = read_machine("/tmp/no/such/folder", "/no/such/file");
  EXPECT_FALSE(facts.overcommit.empty());
  EXPECT_GT(facts.files_hard, 0U);
  EXPECT_FALSE(facts.has_data_dir);
  ASSERT_TRUE(facts.disk_free);
  EXPECT_GT(*facts.disk_free, 0U);
  EXPECT_EQ(facts.ca_certificates, 0U);
  EXPECT_NE(facts.libraries.find("libcurl"), std::string::npos);
}

}  // namespace
}  // namespace webmon::cli
