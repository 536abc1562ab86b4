/// The subcommands: each function adds its own to the command line. A command stores its exit code
/// in `status` when it has run (exit_code.hpp). One file each; nothing of CLI11 is visible
/// elsewhere.
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace webmon::cli {

/// All of them: the one source of help, completion and manuals. `status` must outlive it.
std::unique_ptr<CLI::App> command_tree(int& status);

void add_up(CLI::App& root, int& status);
void add_api(CLI::App& root, int& status);
void add_dispatcher(CLI::App& root, int& status);
/// `executor`, and the hidden `executor-worker` that its supervisor starts with the same arguments.
void add_executor(CLI::App& root, int& status);
void add_check(CLI::App& root, int& status);
void add_replay(CLI::App& root, int& status);
void add_asset(CLI::App& root, int& status);
void add_group(CLI::App& root, int& status);
void add_run(CLI::App& root, int& status);
void add_stats(CLI::App& root, int& status);
void add_baseline(CLI::App& root, int& status);
void add_events(CLI::App& root, int& status);
void add_snapshot(CLI::App& root, int& status);
void add_control(CLI::App& root, int& status);
void add_config(CLI::App& root, int& status);
void add_plugins(CLI::App& root, int& status);
void add_job(CLI::App& root, int& status);
void add_history(CLI::App& root, int& status);
void add_fleet(CLI::App& root, int& status);
void add_health(CLI::App& root, int& status);
void add_doctor(CLI::App& root, int& status);
void add_watch(CLI::App& root, int& status);
void add_man(CLI::App& root, int& status);
void add_completion(CLI::App& root, int& status);
/// Hidden: what `./run` starts.
void add_session(CLI::App& root, int& status);
/// Hidden: the private redis-server of `up`.
void add_redis(CLI::App& root, int& status);
/// Hidden: the demo site of `up --demo`.
void add_demo_site(CLI::App& root, int& status);

}  // namespace webmon::cli
