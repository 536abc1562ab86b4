/// The port through which every stage talks to Redis, and its driver for lib/loop. The api has one
/// of its own for Asio. Both are thin: the protocol is in resp.hpp (sans-I/O), the meaning in
/// jobs.hpp, assets.hpp, fleet.hpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/redis_traffic.hpp"
#include "lib/core/result.hpp"
#include "lib/loop/loop.hpp"
#include "lib/store/reply.hpp"

namespace webmon::store {

class Redis {
 public:
  /// One reply per command, in order; an error reply of Redis is a Reply, not an Error.
  /// Errors: store_down (no connection, it broke, LOADING at connect), timeout.
  using Done = std::function<void(Result<std::vector<Reply>>)>;
  virtual ~Redis() = default;
  /// Sends a batch; `done` is called exactly once, from the loop, never from within send().
  /// After store_down the commands may or may not have been executed.
  virtual void send(Batch batch, Done done) = 0;
};

/// A Redis that comes and goes, and tells.
class Connection : public Redis {
 public:
  virtual bool is_up() const noexcept = 0;
  /// Called each time a connection is ready (scripts loaded), the first time included.
  virtual void on_up(std::function<void()> callback) = 0;
  /// Why the last attempt failed; empty while up.
  virtual const std::string& trouble() const noexcept = 0;
};

/// Where Redis listens.
struct RedisAddress {
  std::string unix_socket;  ///< used if not empty
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
};
/// "unix:/path", "/path", "host:port" or "[v6]:port". Errors: bad_config.
Result<RedisAddress> parse_redis_address(std::string_view text);
std::string to_string(const RedisAddress& address);

struct RedisConfig {
  RedisAddress address;
  milliseconds call_timeout{
      5'000};  ///< a batch not answered by then fails and the connection is renewed
  milliseconds reconnect_first{
      50};  ///< backoff after a failure, doubled up to reconnect_most, +-20 %
  milliseconds reconnect_most{2'000};
  std::size_t max_waiting = 65'536;  ///< commands unanswered; above it send() answers store_down
};

/// Driver for lib/loop. Connects at once, reconnects for ever with backoff. Batches sent while it
/// is down fail with store_down at once, so that callers decide. Output is written once per turn.
/// Threads: the loop's. Ownership: destroy before the loop; pending `done`s are then not called.
class LoopRedis final : public Connection {
 public:
  /// `traffic`, if there is one, is counted into and must outlive it.
  LoopRedis(Loop& loop, RedisConfig config, RedisTraffic* traffic = nullptr);
  ~LoopRedis() override;
  void send(Batch batch, Done done) override;
  bool is_up() const noexcept override;
  void on_up(std::function<void()> callback) override;
  const std::string& trouble() const noexcept override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  ///< callbacks left in the loop hold it weakly
};

}  // namespace webmon::store
