// What is not ZeroMQ on a port of ours is cut within the handshake interval, which takes seconds.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/bus/socket.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::bus {
namespace {

using testing::wait_until;

Socket must_open(Context& context, Role role) {
  auto socket = Socket::open(context, role);
  if (!socket) throw std::runtime_error{socket.error().detail};
  return std::move(*socket);
}

/// A PULL server on an ephemeral port and what it received last.
struct Server {
  explicit Server(Role role = Role::job_receiver) : socket{must_open(context, role)} {
    const auto bound = socket.bind("tcp://127.0.0.1:*");
    if (!bound) throw std::runtime_error{bound.error().detail};
  }
  bool receives(const Frames& want) {
    return wait_until([&] { return socket.receive(frames) && frames == want; });
  }
  Context context;
  Socket socket;
  Frames frames;
};

std::uint16_t port_of(const std::string& endpoint) {
  return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
}

/// A raw TCP connection to the server.
class Raw {
 public:
  explicit Raw(const std::string& endpoint) : fd_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_of(endpoint));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error{"connect"};
  }
  ~Raw() { close(fd_); }
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  void write(std::string_view bytes) const {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// True once the peer has closed; what it says before is read and dropped.
  bool is_closed() const {
    char buffer[512];
    const auto n = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN);
  }

 private:
  int fd_;
};

TEST(Socket, GarbageOnTheWireIsCutAndTheServerGoesOn) {
  Server server;
  const Raw http{server.socket.endpoint()};
  http.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + std::string(200, 'x'));
  const Raw noise{server.socket.endpoint()};
  noise.write(std::string(300, '\xff'));
  EXPECT_TRUE(wait_until([&] { return http.is_closed(); }));
  EXPECT_TRUE(wait_until([&] { return noise.is_closed(); }));
  auto good = must_open(server.context, Role::job_sender);
  ASSERT_TRUE(good.connect(server.socket.endpoint()));
  ASSERT_TRUE(wait_until([&] { return good.send("still here"); }));
  EXPECT_TRUE(server.receives({"still here"}));
}

TEST(Socket, ASilentPeerIsCutWithinTheHandshakeInterval) {
  Server server;
  const Raw silent{server.socket.endpoint()};
  EXPECT_TRUE(wait_until([&] { return silent.is_closed(); }, milliseconds{4'000}));
}

}  // namespace
}  // namespace webmon::bus
