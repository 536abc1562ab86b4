#include <charconv>

#include "lib/store/redis.hpp"

namespace webmon::store {
namespace {

/// Longest path that fits sockaddr_un::sun_path with its final zero.
constexpr std::size_t kMaxSocketPath = 107;

Result<RedisAddress> bad(std::string_view text) {
  return fail(Errc::bad_config, "not a Redis address: \"" + std::string{text.substr(0, 200)} +
                                    "\"; write unix:/path, host:port or [address]:port");
}

}  // namespace

Result<RedisAddress> parse_redis_address(std::string_view text) {
  RedisAddress address;
  const auto whole = text;
  if (text.starts_with("unix:")) text.remove_prefix(5);
  if (text.starts_with('/')) {
    if (text.size() > kMaxSocketPath)
      return fail(Errc::bad_config, "the path of a unix socket has at most 107 bytes");
    address.unix_socket = text;
    return address;
  }
  if (whole.size() != text.size()) return bad(whole);
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad(whole);
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  if (!is_bracketed && host.find_first_of(":[] /") != std::string_view::npos) return bad(whole);
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (code != std::errc{} || end != port.data() + port.size() || address.port == 0)
    return bad(whole);
  address.host = host;
  return address;
}

std::string to_string(const RedisAddress& address) {
  if (!address.unix_socket.empty()) return "unix:" + address.unix_socket;
  const bool is_v6 = address.host.find(':') != std::string::npos;
  const auto host = is_v6 ? "[" + address.host + "]" : address.host;
  return host + ":" + std::to_string(address.port);
}

}  // namespace webmon::store
