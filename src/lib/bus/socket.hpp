/// ZeroMQ sockets: moves frames, knows no meaning. Options after docs/wire.md "Socket options".
/// Threads: a Socket never leaves its thread; the Context may be shared. Nothing here ever blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/bus/network.hpp"
#include "lib/core/result.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::bus {

/// One per process. Destruction does not linger.
class Context final : public Network {
 public:
  Context();
  ~Context() override;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Result<std::unique_ptr<Channel>> bind(Loop& loop, Role role,
                                        const std::string& endpoint) override;
  Result<std::unique_ptr<Channel>> connect(Loop& loop, Role role,
                                           const std::string& endpoint) override;

 private:
  friend class Socket;
  void* handle_;
};

class Socket {
 public:
  /// Errors: bus_down with errno's text.
  static Result<Socket> open(Context& context, Role role);
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  /// "tcp://127.0.0.1:5559", "tcp://127.0.0.1:*", "ipc://path". Errors: conflict if taken (says by
  /// what endpoint), forbidden for plain TCP off loopback, bad_config if malformed.
  Result<void> bind(const std::string& endpoint);
  Result<void> connect(const std::string& endpoint);
  /// Where `bind` with "*" ended up.
  std::string endpoint() const;

  /// False: would block (queue full, nobody there) or unroutable; nothing was sent.
  bool send(const Frames& frames) noexcept;
  bool send(std::string_view frame) noexcept;
  /// False: nothing waits. Oversized messages never arrive (MAXMSGSIZE).
  bool receive(Frames& frames);

  /// ZMQ_FD: edge-triggered. After every send and receive re-check `can_receive`/`can_send`.
  int fd() const;
  bool can_receive() const;
  bool can_send() const;
  /// A PUSH: nothing ever comes in.
  bool is_send_only() const;

 private:
  explicit Socket(void* handle) : handle_{handle} {}
  void* handle_;
};

/// Calls `ready` from the loop whenever `socket` may have become readable or writable, and again
/// after each turn while it `can_receive()` (a PUSH: `can_send()`) and `wants_more` answers true.
/// ZMQ_FD is edge-triggered, and any call on the socket may eat the edge: `wants_more` must say
/// true as long as there is something to take, or, of a PUSH, something to send. Lives as long as
/// the socket; destroy before it.
class Watch {
 public:
  Watch(Loop& loop, Socket& socket, std::function<void()> ready, std::function<bool()> wants_more);
  ~Watch();
  /// Look again after this turn (a slot became free).
  void poke();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webmon::bus
