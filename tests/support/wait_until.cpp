#include "tests/support/wait_until.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace webmon::testing {
namespace {

#ifdef WEBMON_SANITIZED
constexpr int kPatience = 3;
#else
constexpr int kPatience = 1;
#endif

class Socket {
 public:
  Socket() : fd_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {}
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

bool wait_until(const std::function<bool()>& predicate, milliseconds limit) {
  auto& clock = system_clock();
  const auto deadline = clock.mono() + limit * kPatience;
  for (int pause_ms = 1;; pause_ms = std::min(pause_ms * 2, 20)) {
    if (predicate()) return true;
    if (clock.mono() >= deadline) return false;
    poll(nullptr, 0, pause_ms);
  }
}

std::uint16_t free_port() {
  const Socket s;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(s.fd(), generic, size) != 0 || getsockname(s.fd(), generic, &size) != 0)
    throw std::runtime_error{"no free port on loopback"};
  return ntohs(address.sin_port);
}

bool can_connect(const std::string& address, std::uint16_t port) {
  const Socket s;
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &peer.sin_addr) != 1) return false;
  return connect(s.fd(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) == 0;
}

}  // namespace webmon::testing
