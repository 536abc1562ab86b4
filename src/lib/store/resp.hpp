/// The Redis protocol without a socket: what to write, and what the bytes read mean. Drivers
/// (LoopRedis, the api's Asio one) own the socket, the deadlines and the reconnecting; everything
/// else is here. Threads: none; owned by one driver.   Source:
/// redis.io/docs/reference/protocol-spec (RESP2).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/result.hpp"
#include "lib/store/reply.hpp"

namespace webmon::store {

inline constexpr std::size_t kMaxReplyBytes =
    64U << 20U;  ///< of one reply, as received; above: bad_frame
inline constexpr std::size_t kMaxReplyItems =
    1U << 20U;  ///< values in one reply, nested ones included

/// One connection's worth of state. How a driver uses it:
///   connected          reset(); send(hello()); write take_output()
///   caller has a batch  send(batch), remember the caller (batches are answered in the order they
///   were sent) bytes were read     feed(bytes): one vector of replies per batch now complete,
///   oldest first. Then look at
///                       has_output() again: a script that Redis had forgotten is sent once more as
///                       EVAL
///   connection broke    reset(), fail every caller that is still remembered with store_down
class RespClient {
 public:
  using Replies = std::vector<Reply>;  ///< one per command of the batch, in order

  RespClient();
  ~RespClient();
  RespClient(RespClient&&) noexcept;
  RespClient& operator=(RespClient&&) noexcept;

  /// Queues the bytes and what they wait for. An empty batch is complete with the next feed().
  void send(Batch batch);
  bool has_output() const noexcept;
  /// Everything queued since the last call; the caller must write it, or reset().
  std::string take_output();

  /// Takes bytes as they came, in pieces of any size. Answers the batches that are now complete; an
  /// error reply of Redis is a Reply. A script answered with NOSCRIPT is sent again as EVAL, and
  /// the reads that follow it in its batch are repeated behind it; nobody sees the NOSCRIPT.
  /// Errors: bad_frame (not RESP2, over a bound, or a reply nobody waits for): drop the connection
  /// and reset().
  Result<std::vector<Replies>> feed(std::string_view bytes);

  std::size_t waiting() const noexcept;          ///< commands not yet answered
  std::size_t waiting_batches() const noexcept;  ///< batches not yet handed over
  /// Back to a new connection: forgets output, half replies and whoever waits.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// First batch of every connection: loads all scripts. Redis refuses it while it loads its data.
Batch hello();
/// Errors: store_down while Redis loads, else as error_of. Then close, wait, connect again.
Result<void> read_hello(const std::vector<Reply>& replies);

}  // namespace webmon::store
