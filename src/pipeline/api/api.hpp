/// The HTTP server of Webmon: assets, statistics, execution (docs/api.md). One thread, one Asio
/// io_context, one coroutine per connection; nothing of Boost.Asio or Beast is visible here. There
/// is no authentication yet, so it listens on loopback only and refuses requests that a web page of
/// another origin could send (Host and Origin are checked).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "lib/store/redis.hpp"
#include "pipeline/api/journal.hpp"

namespace webmon {

struct ApiLimits {
  std::size_t connections = 1'024;
  std::size_t header_bytes = 16 * 1'024;
  std::size_t body_bytes = 1'024 * 1'024;
  std::uint64_t stream_bytes = 1ULL << 30U;  ///< of a request body that is not held in memory
  milliseconds header_timeout{
      5'000};                         ///< from the first byte of a request to the end of its header
  milliseconds body_timeout{15'000};  ///< of a whole body; of a part, if it is streamed
  milliseconds idle_timeout{
      60'000};  ///< between requests of a kept-alive connection; also per response or part of one
  milliseconds snapshot_timeout{30'000};
  milliseconds drain_timeout{10'000};  ///< for requests under way when it stops
};

struct ApiConfig {
  std::string listen = "127.0.0.1:8080";  ///< "address:port" or "[v6]:port"; port 0: any free one
  store::RedisConfig redis;
  std::string ns = "wm";  ///< key prefix
  std::string jobs_endpoint = "tcp://127.0.0.1:5559";
  std::string control_endpoint = "tcp://127.0.0.1:5561";
  bool stops_on_signals = false;    ///< run() ends on SIGINT and SIGTERM
  std::function<void()> on_hangup;  ///< run() calls it on SIGHUP, between two steps of its loop
  ApiLimits limits;
  api::JournalLimits journal;
};

class Api {
 public:
  explicit Api(ApiConfig config);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// Opens the port. Redis and the dispatcher need not be there yet.
  /// Errors: forbidden (address off loopback), conflict (port taken; says by whom if /proc tells),
  /// bad_config, bus_down.
  Result<void> start();
  /// The port it listens on. After start().
  std::uint16_t port() const noexcept;
  /// Serves until stop(); requests under way are finished, at most for the drain time.
  /// Errors: schema, if the first Redis that answers holds the data of a newer build.
  Result<void> run();
  /// For requests and connections from now on. From `on_hangup`.
  void set_limits(const ApiLimits& limits);
  /// From any thread; not from a signal handler.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon
