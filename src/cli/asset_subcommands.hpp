/// Subcommands of `webmon asset` that have files of their own, and what all of them share.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace webmon::cli {

/// remove, restore.
void add_asset_removal(CLI::App& asset, int& status);
/// enable, disable.
void add_asset_switches(CLI::App& asset, int& status);

/// --wait, of calls that change something.
void add_wait_flag(CLI::App& command, bool& waits);
/// The path with what --wait adds to it.
std::string with_wait(const std::string& path, bool waits);

}  // namespace webmon::cli
