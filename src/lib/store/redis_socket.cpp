#include "lib/store/redis_socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace webmon::store {
namespace {

std::string words_of(int error) { return std::generic_category().message(error); }

Result<void> check(int error) {
  if (error == 0) return {};
  return fail(Errc::store_down, words_of(error));
}

Result<Socket> connect_to(int family, const sockaddr* address, socklen_t size) {
  Socket socket{::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) return fail(Errc::store_down, words_of(errno));
  if (family != AF_UNIX) {
    const int on = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  }
  if (connect(socket.get(), address, size) != 0 && errno != EINPROGRESS)
    return fail(Errc::store_down, words_of(errno));
  return socket;
}

Result<Socket> connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return fail(Errc::store_down, "the path of a unix socket has at most 107 bytes");
  std::ranges::copy(path, address.sun_path);
  return connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};

Result<Socket> connect_tcp(const RedisAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto port = std::to_string(address.port);
  const int code = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
  if (code != 0) return fail(Errc::store_down, gai_strerror(code));
  const std::unique_ptr<addrinfo, FreeAddresses> list{found};
  return connect_to(list->ai_family, list->ai_addr, list->ai_addrlen);
}

}  // namespace

Result<Socket> start_connect(const RedisAddress& address) {
  auto socket =
      address.unix_socket.empty() ? connect_tcp(address) : connect_unix(address.unix_socket);
  if (!socket)
    return fail(socket.error().code,
                "Redis at " + to_string(address) + ": " + socket.error().detail);
  return socket;
}

Result<void> connect_result(const Socket& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return check(error);
}

}  // namespace webmon::store
