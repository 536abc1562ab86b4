#include "lib/fetch/ip.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace webmon::fetch {
namespace {

/// inet_pton wants a terminated string; longer than any address means none.
std::optional<IpAddress> parse_as(int family, std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
  if (text.size() >= buffer.size() || text.find('\0') != std::string_view::npos) return {};
  std::copy(text.begin(), text.end(), buffer.begin());
  IpAddress address;
  address.is_v6 = family == AF_INET6;
  if (inet_pton(family, buffer.data(), address.bytes.data()) != 1) return {};
  return address;
}

bool bit_at(const IpAddress& address, unsigned bit) noexcept {
  return (address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (auto v4 = parse_as(AF_INET, text)) return v4;
  return parse_as(AF_INET6, text);
}

std::string to_text(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
  inet_ntop(address.is_v6 ? AF_INET6 : AF_INET, address.bytes.data(), buffer.data(),
            static_cast<socklen_t>(buffer.size()));
  return buffer.data();
}

std::optional<IpAddress> ip_of(const sockaddr* address) noexcept {
  IpAddress ip;
  if (address->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    std::memcpy(ip.bytes.data(), &v4.sin_addr, 4);
    return ip;
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof v6);
    std::memcpy(ip.bytes.data(), &v6.sin6_addr, 16);
    ip.is_v6 = true;
    return ip;
  }
  return {};
}

Result<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = parse_ip(text.substr(0, slash));
  if (!base) {
    return fail(Errc::bad_input, "not a network: write 10.0.0.0/8, fd00::/8 or one address");
  }
  const unsigned width = base->is_v6 ? 128 : 32;
  unsigned bits = width;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > width) {
      return fail(Errc::bad_input, "network mask must be a number from 0 to 32 (IPv4) or 128");
    }
  }
  for (unsigned bit = bits; bit < width; ++bit) {
    if (bit_at(*base, bit)) return fail(Errc::bad_input, "network has bits set beyond its mask");
  }
  return Cidr{*base, bits};
}

bool contains(const Cidr& network, const IpAddress& address) noexcept {
  if (network.base.is_v6 != address.is_v6) return false;
  const std::size_t whole = network.bits / 8;
  if (std::memcmp(network.base.bytes.data(), address.bytes.data(), whole) != 0) return false;
  const unsigned rest = network.bits % 8;
  if (rest == 0) return true;
  return (network.base.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

}  // namespace webmon::fetch
