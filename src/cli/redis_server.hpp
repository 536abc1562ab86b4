/// The private redis-server of `webmon up`: guards its data, then becomes the server (exec), so
/// that the process that is supervised is redis-server itself.   Source: docs/operations of
/// snapshots; redis.conf(5).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"

namespace webmon::cli {

std::filesystem::path redis_socket(const std::filesystem::path& dir);

/// Arguments of redis-server (argv[0] not included). Pure.
std::vector<std::string> redis_arguments(const std::filesystem::path& dir);

/// Locks `dir` (a redis-server that was killed may have left a child that still writes a snapshot:
/// it inherited the lock, so this waits for it), removes unfinished snapshots, and puts the newest
/// snapshot that redis-check-rdb accepts in place, of dump.rdb and its generations dump.rdb.1 to
/// .3; a damaged one is kept as dump.rdb.damaged. Then replaces this process by redis-server.
/// Returns only on failure. Errors: conflict (lock held beyond `patience`), bad_config (no
/// redis-server, no such directory, or snapshots exist and none is good).
Result<void> become_redis_server(const std::filesystem::path& dir, milliseconds patience);

/// The part of the above before the lock is inherited by redis-server; for tests.
Result<void> repair_snapshots(const std::filesystem::path& dir);

}  // namespace webmon::cli
