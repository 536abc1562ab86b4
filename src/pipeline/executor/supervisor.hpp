/// An executor is two processes: a supervisor that nothing hostile reaches, and a sandboxed worker
/// that reads pages. The supervisor starts the worker again when it dies, blames the one job whose
/// plugin crashed or overran, and gives all other leases back.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/executor/config.hpp"

namespace webmon::executor {

inline constexpr int kExitConfig = 78;  ///< sysexits.h EX_CONFIG: no use in starting it again

/// Asked on SIGHUP: the configuration from now on, validated, or nothing if all stays as it is.
using Reload = std::function<std::optional<ExecutorConfig>()>;

/// Runs until SIGTERM or SIGINT and the worker's end. Starts the worker as this same program
/// (/proc/self/exe) with `worker_argv` (argv[0] included), whose main must call `run_worker` with
/// the same configuration. Returns the process' exit status: 0, 1 (cannot start), or the worker's
/// own kExitConfig. Call it in a process with one thread. On SIGHUP
/// `reload` is asked; what it answers is taken over (take_live), and the worker gets the signal.
int run_supervisor(const ExecutorConfig& config, std::vector<std::string> worker_argv,
                   Reload reload = {});

/// The worker process: maps the page inherited as kLeasePageFd, closes the sandbox, runs the
/// threads until SIGTERM or SIGINT. Returns the exit status. Call it in a process with one thread.
/// SIGHUP as above; threads take it over between turns.
int run_worker(ExecutorConfig config, const Reload& reload = {});

}  // namespace webmon::executor
