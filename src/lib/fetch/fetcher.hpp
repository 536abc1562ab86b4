/// Fetches pages: one request in, one Page out. Resolves names, applies the address policy, follows
/// redirects hop by hop, verifies TLS and bounds everything. What a server does wrong is in
/// Page::outcome, never an error. Not here: politeness per host (the claim does that), HTML
/// features (Page::features stays empty), Retry-After. Threads: owned by one loop; one Fetcher per
/// loop.   Source: docs/api.md "Outcomes".
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/page.hpp"
#include "lib/core/url.hpp"
#include "lib/fetch/policy.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::fetch {

/// Bounds of one fetch, all hops together unless said.
struct FetchLimits {
  milliseconds resolve{5'000};  ///< per hop
  milliseconds connect{5'000};  ///< per address, TLS handshake included
  milliseconds total{30'000};
  std::size_t header_bytes = 64 * 1024;       ///< per response
  std::size_t header_lines = 200;             ///< per response
  std::size_t body_bytes = 8 * 1024 * 1024;   ///< decoded; the first part is kept
  std::size_t wire_bytes = 16 * 1024 * 1024;  ///< before decoding
  unsigned redirects = 5;                     ///< 0: a redirect is the answer
  unsigned low_speed_bytes = 64;              ///< less than this a second ...
  seconds low_speed_time{10};                 ///< ... for so long is a timeout
  std::size_t bytes_per_second = 0;  ///< receive rate at most; 0: unlimited. Falsifies the phases
};

struct FetchRequest {
  Url url;
  std::string method = "GET";  ///< GET, HEAD or POST
  Headers headers;
  std::string body;        ///< sent with POST only
  bool tls_verify = true;  ///< false: go on after a failed verification; Tls::failure stays,
                           ///< and credential headers are not sent over https
  std::optional<FetchLimits> limits;  ///< absent: those of the configuration
  StoreTime observed_at{};  ///< store time at the start; Page::observed_at adds the time elapsed
};

struct FetcherConfig {
  AddressPolicy policy;
  std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";
  FetchLimits limits;
  std::string user_agent = "webmon/0.1";
  std::size_t max_in_flight = 1'024;  ///< a start beyond it ends as inconclusive ("overloaded")
  bool keep_alive = false;  ///< reuse connections between fetches; off: each check connects afresh
  std::size_t tls_sessions = 10'000;  ///< resumable sessions kept, 0 = none; about 5 KB each
  seconds full_handshake_every{900};  ///< a session older than this is not resumed
  std::size_t names_cached = 20'000;  ///< DNS answers kept
  std::string dns_servers;            ///< "ip[:port],..."; empty: those of /etc/resolv.conf
};

/// Counts since the start, for metrics.
struct FetchCounters {
  std::uint64_t started = 0, finished = 0, cancelled = 0;
  std::uint64_t hops = 0;
  std::uint64_t dns_queries = 0, dns_cache_hits = 0;
  std::uint64_t tls_full = 0, tls_resumed = 0;
  std::uint64_t policy_refusals = 0;
};

using FetchId = std::uint64_t;  ///< never 0, never reused

/// Where pages come from: the Fetcher; or, in simulations and benchmarks of all the rest, a source
/// that fetches nothing.
class PageSource {
 public:
  using Done = std::function<void(Page&&)>;
  virtual ~PageSource() = default;
  /// Calls `done` exactly once, from the loop, never from within `start`. `done` may start and
  /// cancel freely, but must not destroy the source.
  virtual FetchId start(FetchRequest request, Done done) = 0;
  /// `done` will not be called. An unknown or finished id is ignored.
  virtual void cancel(FetchId id) = 0;
};

class Fetcher final : public PageSource {
 public:
  /// `loop` and `clock` must outlive the fetcher.
  /// Throws std::runtime_error if libcurl or c-ares cannot start (no memory, no descriptors).
  Fetcher(Loop& loop, Clock& clock, FetcherConfig config);
  /// Drops fetches in flight without calling back.
  ~Fetcher() override;
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  FetchId start(FetchRequest request, Done done) override;
  void cancel(FetchId id) override;
  /// From the next turn on, for fetches under way as well. `dns_servers`, `names_cached`,
  /// `tls_sessions` and `full_handshake_every` stay as they were.
  void reconfigure(FetcherConfig config);
  std::size_t in_flight() const noexcept;
  FetchCounters counters() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon::fetch
