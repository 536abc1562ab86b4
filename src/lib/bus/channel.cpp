// The real network: a ZeroMQ socket with its watch.
#include <optional>
#include <utility>

#include "lib/bus/socket.hpp"

namespace webmon::bus {
namespace {

class SocketChannel final : public Channel {
 public:
  SocketChannel(Loop& loop, Socket socket) : loop_{loop}, socket_{std::move(socket)} {}

  std::string endpoint() const override { return socket_.endpoint(); }
  bool send(const Frames& frames) noexcept override { return socket_.send(frames); }
  bool send(std::string_view frame) noexcept override { return socket_.send(frame); }
  bool receive(Frames& frames) override { return socket_.receive(frames); }
  void watch(std::function<void()> ready, std::function<bool()> wants_more) override {
    watch_.emplace(loop_, socket_, std::move(ready), std::move(wants_more));
  }
  void poke() override { watch_->poke(); }

 private:
  Loop& loop_;
  Socket socket_;
  std::optional<Watch> watch_;  // dies before the socket
};

using Attach = Result<void> (Socket::*)(const std::string&);

Result<std::unique_ptr<Channel>> open(Context& context, Loop& loop, Role role, Attach attach,
                                      const std::string& endpoint) {
  auto socket = Socket::open(context, role);
  if (!socket) return fail(std::move(socket.error()));
  if (auto attached = ((*socket).*attach)(endpoint); !attached)
    return fail(std::move(attached.error()));
  return std::make_unique<SocketChannel>(loop, std::move(*socket));
}

}  // namespace

Result<std::unique_ptr<Channel>> Context::bind(Loop& loop, Role role, const std::string& endpoint) {
  return open(*this, loop, role, &Socket::bind, endpoint);
}

Result<std::unique_ptr<Channel>> Context::connect(Loop& loop, Role role,
                                                  const std::string& endpoint) {
  return open(*this, loop, role, &Socket::connect, endpoint);
}

}  // namespace webmon::bus
