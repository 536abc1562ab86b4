#include "lib/bus/endpoint.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace webmon::bus {
namespace {

constexpr std::size_t kMaxEndpoint = 256;  // libzmq's own bound for tcp

tl::unexpected<Error> malformed(std::string_view text) {
  return fail(Errc::bad_config, "not an endpoint: \"" + std::string{text.substr(0, kMaxEndpoint)} +
                                    "\"; write tcp://127.0.0.1:PORT or ipc:///path/of/a/socket");
}

bool is_port(std::string_view text) {
  if (text == "*") return true;
  unsigned port = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), port);
  return wrong == std::errc{} && end == text.data() + text.size() && port <= 65'535;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24U == 127;
}

Result<Endpoint> parse_tcp(std::string_view text, std::string_view rest) {
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || !is_port(rest.substr(colon + 1)))
    return malformed(text);
  const std::string host{rest.substr(0, colon)};
  if (!is_loopback(host))
    return fail(Errc::forbidden,
                std::string{text} + ": plain TCP is allowed on loopback only (127.0.0.0/8, [::1])");
  return Endpoint{Transport::tcp, {}, host.front() == '['};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos || text.size() > kMaxEndpoint) return malformed(text);
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == ';'; };
  if (std::any_of(text.begin(), text.end(), is_bad)) return malformed(text);
  const auto kind = text.substr(0, scheme);
  const auto rest = text.substr(scheme + 3);
  if (rest.empty()) return malformed(text);
  if (kind == "tcp") return parse_tcp(text, rest);
  if (kind == "ipc") {
    if (rest.size() >= sizeof(sockaddr_un::sun_path))
      return fail(Errc::bad_config, std::string{text} + ": the path of a unix socket is too long");
    return Endpoint{Transport::ipc, std::string{rest}, false};
  }
  if (kind == "inproc") return Endpoint{Transport::inproc, std::string{rest}, false};
  return malformed(text);
}

bool is_ipc_taken(const std::string& path) noexcept {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const int rc = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const bool is_taken = rc == 0 || errno == EAGAIN || errno == EINPROGRESS;
  close(fd);
  return is_taken;
}

}  // namespace webmon::bus
