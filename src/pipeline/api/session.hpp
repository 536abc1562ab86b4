/// One connection of the server: its socket, what was read ahead, and its deadline. Internal to
/// server.cpp and socket_streams.cpp.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstdint>
#include <memory>

#include "lib/core/clock.hpp"

namespace webmon::api {

inline constexpr auto kAsTuple = boost::asio::as_tuple(boost::asio::use_awaitable);

/// Its coroutine owns it; the server only looks whether it may be disturbed. The deadline cancels
/// what the socket waits for and leaves it open, so that a slow peer can still be told (Beast's own
/// timeout would close it).
struct Session : std::enable_shared_from_this<Session> {
  boost::asio::ip::tcp::socket socket;
  boost::asio::steady_timer deadline;
  boost::beast::flat_buffer buffer;
  std::uint64_t deadlines = 0;
  bool is_idle = true;
  bool is_late = false;
  bool keeps_alive = true;
  bool is_streaming_in = false;  ///< waits for a part of a request body
  bool is_ending = false;        ///< the server stops

  explicit Session(boost::asio::ip::tcp::socket connected)
      : socket{std::move(connected)}, deadline{socket.get_executor()} {}

  void expires_after(milliseconds limit) {
    is_late = false;
    deadline.expires_after(limit);
    watch(++deadlines);
  }
  void expires_never() {
    ++deadlines;
    deadline.cancel();
  }
  /// Ends what it waits for, if that is only the peer's next word.
  void end_soon() {
    is_ending = true;
    boost::system::error_code ignored;
    if (is_idle || is_streaming_in) socket.cancel(ignored);
  }

 private:
  void watch(std::uint64_t mine) {
    deadline.async_wait([weak = weak_from_this(), mine](boost::system::error_code ec) {
      const auto self = weak.lock();
      if (ec || !self || mine != self->deadlines) return;
      self->is_late = true;
      boost::system::error_code ignored;
      self->socket.cancel(ignored);
      // Again soon: an operation may have ended just now and its successor not have begun.
      self->deadline.expires_after(milliseconds{100});
      self->watch(mine);
    });
  }
};

}  // namespace webmon::api
