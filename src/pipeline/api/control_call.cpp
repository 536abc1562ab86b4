#include "pipeline/api/control_call.hpp"

#include <boost/asio.hpp>

namespace webmon::api {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using Done = std::function<void(Result<boost::json::object>)>;

class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(asio::io_context& context, bus::Socket socket, std::string request, Done done)
      : socket_{std::move(socket)},
        request_{std::move(request)},
        done_{std::move(done)},
        timer_{context},
        descriptor_{context, socket_.fd()} {}
  // The descriptor belongs to ZeroMQ: it is given back, never closed.
  ~Call() { descriptor_.release(); }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void start(milliseconds limit) {
    timer_.expires_after(limit);
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec) self->end(fail(Errc::timeout, "the dispatcher did not answer in time"));
    });
    watch();
    // The first step runs from the loop, so that `done` is never called from within.
    asio::post(timer_.get_executor(), [self = shared_from_this()] { self->step(); });
  }

 private:
  void watch() {
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read,
                           [self = shared_from_this()](error_code ec) {
                             if (ec || !self->done_) return;
                             self->step();
                             if (self->done_) self->watch();
                           });
  }

  /// ZMQ_FD is edge-triggered: everything possible is done before the next wait. libzmq looks at
  /// its mailbox in receive and can_*, but not in every send, so whether it can send is asked for
  /// again at the end.
  void step() {
    constexpr int kMaxTurns =
        64;  // of a loop that ends after two or three; the deadline covers the rest
    for (int turn = 0; done_ && turn < kMaxTurns; ++turn) {
      if (!is_sent_ && socket_.can_send()) is_sent_ = socket_.send(request_);
      bus::Frames frames;
      if (socket_.receive(frames)) {
        if (!frames.empty()) end(wire::parse_reply(frames.back()));
        continue;
      }
      const bool may_go_on = socket_.can_receive() || (!is_sent_ && socket_.can_send());
      if (!may_go_on) return;
    }
  }

  void end(Result<boost::json::object> result) {
    if (!done_) return;
    timer_.cancel();
    descriptor_.cancel();
    std::exchange(done_, nullptr)(std::move(result));
  }

  bus::Socket socket_;
  std::string request_;
  Done done_;
  asio::steady_timer timer_;
  asio::posix::stream_descriptor descriptor_;
  bool is_sent_ = false;
};

Result<bus::Socket> open(bus::Context& bus, const std::string& endpoint) {
  auto socket = bus::Socket::open(bus, bus::Role::control_client);
  if (!socket) return socket;
  if (auto ok = socket->connect(endpoint); !ok) return fail(std::move(ok.error()));
  return socket;
}

}  // namespace

void control_call(asio::io_context& context, bus::Context& bus, const std::string& endpoint,
                  wire::Command command, milliseconds limit, Done done) {
  auto socket = open(bus, endpoint);
  if (!socket) {
    asio::post(context, [done = std::move(done), error = std::move(socket.error())]() mutable {
      done(fail(std::move(error)));
    });
    return;
  }
  auto request = std::string{wire::to_string(command)};
  std::make_shared<Call>(context, std::move(*socket), std::move(request), std::move(done))
      ->start(limit);
}

}  // namespace webmon::api
