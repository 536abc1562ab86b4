/// Older good snapshots beside dump.rdb, as hard links: each save makes a new inode, so a link
/// costs nothing and keeps the old content.
#pragma once

#include <filesystem>

#include "lib/core/result.hpp"

namespace webmon::dispatcher {

inline constexpr int kGenerations = 3;

/// Links `dir`/dump.rdb as dump.rdb.1 after moving .1 to .2 and .2 to .3. Does nothing if .1 is
/// that file already. Errors: not_found (no dump.rdb there), internal (the file system refuses,
/// with its words).
Result<void> keep_generation(const std::filesystem::path& dir);

}  // namespace webmon::dispatcher
