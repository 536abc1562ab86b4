/// One request to the dispatcher's control socket and its one reply.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>

#include "lib/bus/socket.hpp"
#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "lib/wire/frames.hpp"

namespace webmon::api {

/// Calls `done` exactly once, never from within. Errors: timeout, bus_down, bad_frame, what the
/// reply says. The call keeps itself alive until then.
void control_call(boost::asio::io_context& context, bus::Context& bus, const std::string& endpoint,
                  wire::Command command, milliseconds limit,
                  std::function<void(Result<boost::json::object>)> done);

}  // namespace webmon::api
