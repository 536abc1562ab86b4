#include "pipeline/executor/config.hpp"

#include <algorithm>
#include <thread>

#include "pipeline/executor/host_rules.hpp"
#include "pipeline/executor/lease_page.hpp"

namespace webmon::executor {

Result<void> validate(const ExecutorConfig& config) {
  if (config.id.size() > 63) return fail(Errc::bad_config, "executor id: at most 63 bytes");
  if (config.threads > kMaxThreads)
    return fail(Errc::bad_config, "threads: 0 (one per core) to 64");
  if (config.slots < 1 || config.slots > kMaxSlots)
    return fail(Errc::bad_config, "slots: 1 to 1024 jobs at once per thread");
  if (config.lease < config.fetch.limits.total + kLeaseMargin)
    return fail(Errc::bad_config, "lease: at least 5 s longer than the whole fetch may take");
  if (config.plugin_deadline < milliseconds{100} || config.plugin_deadline > milliseconds{60'000})
    return fail(Errc::bad_config, "plugin deadline: 100 ms to 60 s");
  if (config.drain < milliseconds{0} || config.drain > milliseconds{600'000})
    return fail(Errc::bad_config, "drain: 0 to 600 s");
  if (config.memory_per_thread != 0 && config.memory_per_thread < kLeastMemory)
    return fail(Errc::bad_config, "memory per thread: at least 128 MiB, or 0 for no limit");
  if (!config.checks_dir.empty() && config.checks_dir.front() != '/')
    return fail(Errc::bad_config, "directory of external checks: an absolute path");
  if (config.max_files < 64) return fail(Errc::bad_config, "files: at least 64");
  auto rules = HostRules::parse(config.host_limits, config.unlimited);
  if (!rules) return fail(std::move(rules.error()));
  return {};
}

void take_live(const ExecutorConfig& next, ExecutorConfig& config) {
  config.host_limits = next.host_limits;
  config.unlimited = next.unlimited;
  config.fetch = next.fetch;
  config.lease = next.lease;
  config.plugin_deadline = next.plugin_deadline;
  config.drain = next.drain;
}

fetch::FetcherConfig fetcher_config(const ExecutorConfig& config) {
  auto fetch = config.fetch;
  fetch.max_in_flight =
      std::max<std::size_t>(fetch.max_in_flight, std::size_t{config.slots} * kFetchesPerSlot);
  return fetch;
}

unsigned thread_count(const ExecutorConfig& config) noexcept {
  if (config.threads != 0) return config.threads;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads);
}

}  // namespace webmon::executor
