/// What an executor needs to know; built by the cli from flags, environment and file. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/fetch/fetcher.hpp"
#include "lib/metrics/listener.hpp"
#include "lib/store/jobs.hpp"
#include "lib/store/keys.hpp"
#include "lib/store/redis.hpp"

namespace webmon::executor {

inline constexpr std::size_t kFetchesPerSlot = 8;  ///< the page, and what plugins want beside it
/// Room between the longest fetch and the end of the lease: plugins, commit, one retry.
inline constexpr milliseconds kLeaseMargin{5'000};
inline constexpr std::uint64_t kLeastMemory = 128ULL << 20U;  ///< of a thread, if limited

struct ExecutorConfig {
  std::string id;  ///< at most 63 bytes; empty: host-pid-random, made at start
  std::string work_endpoint = "tcp://127.0.0.1:5560";
  store::RedisConfig redis;
  store::Keys keys{};
  unsigned threads = 0;  ///< 1 to 64; 0: one per core
  unsigned slots = 64;   ///< jobs at once per thread, 1 to 1,024

  store::HostLimits host_limits;  ///< politeness of hosts that `unlimited` does not name
  /// Hosts without limits: host names, addresses, or networks ("127.0.0.0/8"). A network matches
  /// URLs whose host is a literal address; "localhost" counts as 127.0.0.1.
  std::vector<std::string> unlimited;

  fetch::FetcherConfig fetch;
  milliseconds lease{40'000};           ///< more than fetch.limits.total; renewed at a third
  milliseconds plugin_deadline{2'000};  ///< a plugin that takes longer is killed with its worker
  milliseconds drain{10'000};           ///< from the wish to stop until leases are given back
  milliseconds beat{2'000};
  std::size_t max_kept_results = 64;  ///< per thread, while Redis is away; then they are dropped

  /// Address space per thread; RLIMIT_AS of the worker is that for each thread and once more. 0:
  /// unlimited.
  std::uint64_t memory_per_thread = 1ULL << 30U;
  unsigned max_files = 4'096;  ///< RLIMIT_NOFILE of the worker
  /// Where the programs lie that assets may have run as external checks; empty: none are run.
  std::string checks_dir;
  metrics::Place metrics_at;  ///< where the supervisor serves its metrics; empty: nowhere
  bool is_sandboxed = true;   ///< the seccomp filter; never under sanitizers
};

/// Threads and slots within bounds, lease longer than a fetch, networks that parse.
/// Errors: bad_config, naming the field and its range.
Result<void> validate(const ExecutorConfig& config);

/// What of `next` a running executor takes over: host limits, fetch, lease, deadlines. The rest of
/// `config` stays.
void take_live(const ExecutorConfig& next, ExecutorConfig& config);

/// `config.threads`, or the cores of this machine where it is 0.
unsigned thread_count(const ExecutorConfig& config) noexcept;

/// `config.fetch` with room for all slots of one thread and their side requests.
fetch::FetcherConfig fetcher_config(const ExecutorConfig& config);

}  // namespace webmon::executor
