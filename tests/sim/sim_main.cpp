// webmon_sim: simulated lives. `webmon_sim --help` says how to use it.
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "lib/core/log.hpp"
#include "tests/sim/life.hpp"

namespace {

using webmon::sim::Bug;
using webmon::sim::LifeResult;

struct Options {
  std::uint64_t first = 1, count = 1;
  unsigned processes = 1;
  std::string bug, seeds_file, traced;
  bool is_verbose = false;
};

struct Sums {
  std::uint64_t failed = 0, jobs = 0, commits = 0, fenced = 0, stale = 0, kills = 0;
  std::uint64_t scheduled = 0, rollbacks = 0, lost = 0, promises = 0, commands = 0, turns = 0;
  std::int64_t longest_ms = 0;

  void add(const LifeResult& life) {
    failed += life.violations.empty() ? 0 : 1;
    jobs += life.jobs;
    commits += life.commits;
    fenced += life.fenced;
    stale += life.stale;
    kills += life.kills;
    scheduled += life.scheduled;
    rollbacks += life.rollbacks;
    lost += life.lost_messages;
    promises += life.promises;
    commands += life.commands;
    turns += life.turns;
    longest_ms = std::max(longest_ms, static_cast<std::int64_t>(life.settled_in.count()));
  }
};

void print(std::uint64_t seed, const LifeResult& life) {
  std::printf("seed %llu: %zu violations\n", static_cast<unsigned long long>(seed),
              life.violations.size());
  for (const auto& what : life.violations) std::printf("  %s\n", what.c_str());
}

LifeResult live_one(std::uint64_t seed, const Bug* bug, const std::string& traced) {
  try {
    return webmon::sim::live(seed, bug, traced);
  } catch (const std::exception& error) {
    LifeResult life;
    life.violations.push_back(std::string{"exception: "} + error.what());
    return life;
  }
}

const Bug* find_bug(const std::string& name) {
  for (const auto& bug : webmon::sim::seeded_bugs())
    if (bug.name == name) return &bug;
  return nullptr;
}

/// Those of the file, one a line, or the range asked for.
std::vector<std::uint64_t> seeds_of(const Options& options) {
  std::vector<std::uint64_t> seeds;
  if (options.seeds_file.empty()) {
    for (std::uint64_t i = 0; i < options.count; ++i) seeds.push_back(options.first + i);
    return seeds;
  }
  std::ifstream file{options.seeds_file};
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') seeds.push_back(std::stoull(line));
  return seeds;
}

/// With a seeded bug the first life that shows it is enough.
int run(const Options& options) {
  const Bug* bug = nullptr;
  if (!options.bug.empty() && (bug = find_bug(options.bug)) == nullptr) {
    std::fprintf(stderr, "webmon_sim: no seeded bug is called %s\n", options.bug.c_str());
    return 2;
  }
  const auto seeds = seeds_of(options);
  Sums sums;
  for (const auto seed : seeds) {
    const auto life = live_one(seed, bug, options.traced);
    sums.add(life);
    if (!life.violations.empty() || options.is_verbose) print(seed, life);
    if (bug != nullptr && !life.violations.empty()) break;
  }
  const auto n = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "%llu lives, %llu failed: %llu jobs, %llu scheduled, %llu commits, %llu stale, %llu fenced, "
      "%llu faults, "
      "%llu rollbacks, %llu promises, %llu lost messages, %llu commands, %llu turns, settled "
      "within %lld ms\n",
      n(seeds.size()), n(sums.failed), n(sums.jobs), n(sums.scheduled), n(sums.commits),
      n(sums.stale), n(sums.fenced), n(sums.kills), n(sums.rollbacks), n(sums.promises),
      n(sums.lost), n(sums.commands), n(sums.turns), static_cast<long long>(sums.longest_ms));
  if (bug != nullptr) return sums.failed > 0 ? 0 : 1;
  return sums.failed > 0 ? 1 : 0;
}

/// Shares the seeds among processes. The status of the worst.
int run_in_parallel(const Options& options) {
  std::vector<pid_t> children;
  for (unsigned i = 0; i < options.processes; ++i) {
    auto part = options;
    part.first = options.first + options.count * i / options.processes;
    part.count = options.first + options.count * (i + 1) / options.processes - part.first;
    const auto child = fork();
    if (child == 0) {
      const int status = run(part);
      std::fflush(stdout);
      _exit(status);
    }
    children.push_back(child);
  }
  int worst = 0;
  for (const auto child : children) {
    int status = 0;
    const bool has_ended = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status);
    worst = std::max(worst, has_ended ? WEXITSTATUS(status) : 1);
  }
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Lives of Webmon's real parts on virtual time, under faults chosen by a seed."};
  app.add_option("--first", options.first, "First seed")->capture_default_str();
  app.add_option("--count", options.count, "How many seeds")->capture_default_str();
  app.add_option("--processes", options.processes, "Shares the seeds among so many")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--seeds", options.seeds_file, "File of seeds, one a line, instead")
      ->check(CLI::ExistingFile);
  app.add_option("--bug", options.bug, "Plant this mistake; success is to find it");
  app.add_option("--trace", options.traced, "Print what happens to the job with this id");
  app.add_flag("--verbose", options.is_verbose, "Say something of each life");
  CLI11_PARSE(app, argc, argv);
  webmon::set_log({.level = options.is_verbose ? webmon::LogLevel::info : webmon::LogLevel::error},
                  false);
  return options.processes > 1 ? run_in_parallel(options) : run(options);
}
