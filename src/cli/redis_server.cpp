#include "cli/redis_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <array>
#include <cstring>
#include <memory>
#include <thread>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/lock_file.hpp"
#include "cli/process.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array kSnapshots{"dump.rdb", "dump.rdb.1", "dump.rdb.2",
                                "dump.rdb.3"};  // newest first
constexpr milliseconds kCheckLimit{600'000};    // redis-check-rdb reads about 200 MB/s

// Whoever asks twice a second costs nothing, and an orphan's snapshot takes seconds at most.
Result<LockFile> lock_patiently(const fs::path& path, milliseconds patience) {
  constexpr milliseconds kPause{100};
  for (milliseconds waited{0};; waited += kPause) {
    auto lock = LockFile::take(path);
    if (lock || lock.error().code != Errc::conflict || waited >= patience) return lock;
    if (waited == milliseconds{500})
      remark(lock.error().detail +
             " (a redis-server, or its child that still writes a snapshot): waiting for it");
    std::this_thread::sleep_for(kPause);
  }
}

Result<bool> is_good(const fs::path& snapshot) {
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  auto child = Child::spawn(
      {.name = "redis-check-rdb", .args = {snapshot.string()}, .is_self = false, .output = null});
  close(null);
  if (!child) return fail(child.error());
  const auto ended = child->wait(kCheckLimit);
  if (!ended)
    return fail(Errc::timeout, "redis-check-rdb takes too long over " + snapshot.string());
  if (ended->code == 127)
    return fail(Errc::bad_config, "redis-check-rdb is not installed: apt-get install redis-server");
  return ended->code == 0 && ended->signal == 0;
}

void remove_unfinished(const fs::path& dir) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{dir, error}) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("temp-") && name.ends_with(".rdb")) fs::remove(entry.path(), error);
  }
}

// The good one is linked, not moved: it stays a generation as well.
Result<void> put_in_place(const fs::path& dir, const char* good) {
  const auto newest = dir / kSnapshots[0];
  std::error_code error;
  if (fs::exists(newest, error)) fs::rename(newest, dir / "dump.rdb.damaged", error);
  if (!error) fs::create_hard_link(dir / good, newest, error);
  if (error)
    return fail(Errc::bad_config, fmt::format("cannot put {} in place: {}", good, error.message()));
  remark(
      fmt::format("WARNING: {} is damaged or missing; starting from the older snapshot {}. What "
                  "was stored after it "
                  "is lost. The damaged file is kept as dump.rdb.damaged.",
                  newest.string(), good));
  return {};
}

}  // namespace

fs::path redis_socket(const fs::path& dir) { return dir / "redis.sock"; }

std::vector<std::string> redis_arguments(const fs::path& dir) {
  return {"--port", "0",  // unix socket only
          "--unixsocket", redis_socket(dir).string(), "--unixsocketperm", "700", "--dir",
          dir.string(), "--dbfilename", kSnapshots[0],
          // With `save ""` Redis would go on accepting writes after a failed snapshot.
          "--save", "3600 1", "--appendonly", "no", "--stop-writes-on-bgsave-error", "yes",
          // The end of a snapshot is noticed by the cron: at 10 hz that alone costs 100 ms.
          "--hz", "100", "--dynamic-hz", "no", "--maxmemory-policy", "noeviction",
          "--protected-mode", "yes", "--daemonize", "no", "--loglevel", "warning",
          // What empties the store, or stops the server behind our back.
          "--rename-command", "FLUSHALL", "", "--rename-command", "FLUSHDB", "", "--rename-command",
          "REPLICAOF", "", "--rename-command", "SLAVEOF", "", "--rename-command", "DEBUG", ""};
}

Result<void> repair_snapshots(const fs::path& dir) {
  remove_unfinished(dir);
  std::error_code error;
  bool has_any = false;
  for (const auto* name : kSnapshots) {
    if (!fs::exists(dir / name, error)) continue;
    has_any = true;
    const auto good = is_good(dir / name);
    if (!good) return fail(good.error());
    if (!*good) continue;
    return name == kSnapshots[0] ? Result<void>{} : put_in_place(dir, name);
  }
  if (!has_any) return {};
  return fail(
      Errc::bad_config,
      fmt::format("no snapshot in {} is readable (dump.rdb, dump.rdb.1 to .3). Move them away "
                  "to start empty, or restore a backup",
                  dir.string()));
}

Result<void> become_redis_server(const fs::path& dir, milliseconds patience) {
  auto lock = lock_patiently(dir / "redis.lock", patience);
  if (!lock) return fail(lock.error());
  if (auto repaired = repair_snapshots(dir); !repaired) return repaired;
  std::error_code error;
  fs::remove(redis_socket(dir), error);
  lock->make_inheritable();
  auto arguments = redis_arguments(dir);
  arguments.insert(arguments.begin(), "redis-server");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  return fail(
      Errc::bad_config,
      fmt::format("cannot run redis-server: {}. apt-get install redis-server", strerror(errno)));
}

void add_redis(CLI::App& root, int& status) {
  auto dir = std::make_shared<std::string>();
  auto* command = root.add_subcommand("redis", "")->group("");
  command->add_option("--dir", *dir)->required();
  command->callback([dir, &status] {
    const auto result = become_redis_server(*dir, seconds{60});
    if (!result) status = failed(result.error());
  });
}

}  // namespace webmon::cli
