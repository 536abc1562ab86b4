/// IP addresses and networks as values. No resolving, no sockets.
/// Threads: none.   Source: RFC 4291, RFC 4632.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"

struct sockaddr;

namespace webmon::fetch {

/// IPv4 in the first 4 bytes, or IPv6 in all 16; network byte order.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v6 = false;

  auto operator<=>(const IpAddress&) const = default;
};

/// Only the strict forms of inet_pton: no octal, no short forms, no brackets, no zone.
std::optional<IpAddress> parse_ip(std::string_view text);
std::string to_text(const IpAddress& address);
/// Address of an AF_INET or AF_INET6 socket address, else nothing.
std::optional<IpAddress> ip_of(const sockaddr* address) noexcept;

/// A network: the first `bits` bits of `base` count.
struct Cidr {
  IpAddress base;
  unsigned bits = 0;  ///< 0 to 32 or 128

  bool operator==(const Cidr&) const = default;
};

/// "10.0.0.0/8", "fd00::/8", or a single address. Errors: bad_input, also if bits beyond the mask
/// are set.
Result<Cidr> parse_cidr(std::string_view text);
bool contains(const Cidr& network, const IpAddress& address) noexcept;

}  // namespace webmon::fetch
