/// Asks the dispatcher for snapshots over its `control` socket. Each request has a socket of its
/// own, because replies carry nothing that tells whose they are. At most one "soon" is under way;
/// further ones join the next. Threads: the io_context's. Ownership: stop() before the io_context
/// ends.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lib/bus/socket.hpp"
#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "pipeline/api/coroutine.hpp"

namespace webmon::api {

class ControlClient {
 public:
  ControlClient(boost::asio::io_context& context, bus::Context& bus, std::string endpoint);
  ~ControlClient();

  /// Asks for a snapshot that covers everything written so far; does not wait. Repeated with
  /// backoff until the dispatcher has answered, because it may be restarting.
  void snapshot_soon();

  /// The epoch of a snapshot begun after this call, once it has ended well.
  /// Errors: timeout; bus_down if it cannot be asked; whatever the dispatcher answers.
  Awaitable<Result<std::uint64_t>> snapshot_now(milliseconds limit);

  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace webmon::api
