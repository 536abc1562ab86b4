/// The port through which the stages exchange messages: ZeroMQ in the product (bus::Context), a
/// network that loses, doubles and delays in the simulation. Threads: a Channel never leaves the
/// loop it was made for. Nothing here ever blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/result.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::bus {

enum class Role : std::uint8_t {
  job_sender,      ///< api -> dispatcher PUSH: SNDHWM 1000, IMMEDIATE
  job_receiver,    ///< dispatcher PULL `jobs`
  work_sender,     ///< dispatcher PUSH `work`: SNDHWM 1, small buffers, IMMEDIATE
  work_receiver,   ///< executor PULL: RCVHWM 1, small buffers
  control_server,  ///< ROUTER, mandatory
  control_client   ///< DEALER
};

using Frames = std::vector<std::string>;

/// A socket and the watch on it.
class Channel {
 public:
  virtual ~Channel() = default;
  /// Where `bind` with "*" ended up.
  virtual std::string endpoint() const = 0;
  /// False: would block (queue full, nobody there) or unroutable; nothing was sent.
  virtual bool send(const Frames& frames) noexcept = 0;
  virtual bool send(std::string_view frame) noexcept = 0;
  /// False: nothing waits. Oversized messages never arrive.
  virtual bool receive(Frames& frames) = 0;
  /// As Watch (socket.hpp): `ready` is called from the loop when there may be something to do, and
  /// again while `wants_more`. Once per channel.
  virtual void watch(std::function<void()> ready, std::function<bool()> wants_more) = 0;
  /// Look again after this turn. Only after `watch`.
  virtual void poke() = 0;
};

class Network {
 public:
  virtual ~Network() = default;
  /// Errors: those of Socket::open and Socket::bind.
  virtual Result<std::unique_ptr<Channel>> bind(Loop& loop, Role role,
                                                const std::string& endpoint) = 0;
  /// Errors: those of Socket::open and Socket::connect.
  virtual Result<std::unique_ptr<Channel>> connect(Loop& loop, Role role,
                                                   const std::string& endpoint) = 0;
};

}  // namespace webmon::bus
