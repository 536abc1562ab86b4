#include "lib/fetch/network.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace webmon::fetch {
namespace {

/// Connecting a datagram socket only looks the route up.
bool routes(const sockaddr* address, socklen_t size) noexcept {
  const int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool is_reachable = connect(fd, address, size) == 0 || errno != ENETUNREACH;
  close(fd);
  return is_reachable;
}

}  // namespace

bool has_route(bool is_v6) noexcept {
  if (is_v6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(9);
    v6.sin6_addr.s6_addr[0] = 0x20;  // 2001:db8::1, documentation (RFC 3849)
    v6.sin6_addr.s6_addr[1] = 0x01;
    v6.sin6_addr.s6_addr[2] = 0x0d;
    v6.sin6_addr.s6_addr[3] = 0xb8;
    v6.sin6_addr.s6_addr[15] = 1;
    return routes(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  }
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(9);
  v4.sin_addr.s_addr = htonl(0xc0000201);  // 192.0.2.1, documentation (RFC 5737)
  return routes(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
}

}  // namespace webmon::fetch
