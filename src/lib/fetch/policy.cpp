#include "lib/fetch/policy.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace webmon::fetch {
namespace {

struct V4Range {
  std::uint32_t base;
  unsigned bits;
  AddressClass kind;
};

// IANA IPv4 special-purpose registry; the first match decides.
constexpr V4Range kV4Ranges[] = {
    {0x00000000, 8, AddressClass::unspecified},   // 0.0.0.0/8
    {0x0a000000, 8, AddressClass::private_use},   // 10.0.0.0/8
    {0x64400000, 10, AddressClass::private_use},  // 100.64.0.0/10, CGNAT
    {0x7f000000, 8, AddressClass::loopback},      // 127.0.0.0/8
    {0xa9fea9fe, 32, AddressClass::metadata},     // 169.254.169.254
    {0xa9fe0000, 16, AddressClass::link_local},   // 169.254.0.0/16
    {0xac100000, 12, AddressClass::private_use},  // 172.16.0.0/12
    {0xc0000000, 24, AddressClass::reserved},     // 192.0.0.0/24
    {0xc0000200, 24, AddressClass::reserved},     // 192.0.2.0/24
    {0xc0586300, 24, AddressClass::reserved},     // 192.88.99.0/24
    {0xc0a80000, 16, AddressClass::private_use},  // 192.168.0.0/16
    {0xc6120000, 15, AddressClass::reserved},     // 198.18.0.0/15
    {0xc6336400, 24, AddressClass::reserved},     // 198.51.100.0/24
    {0xcb007100, 24, AddressClass::reserved},     // 203.0.113.0/24
    {0xe0000000, 4, AddressClass::multicast},     // 224.0.0.0/4
    {0xf0000000, 4, AddressClass::reserved},      // 240.0.0.0/4 with broadcast
};

AddressClass classify_v4(std::uint32_t value) noexcept {
  for (const auto& range : kV4Ranges) {
    if ((value ^ range.base) >> (32 - range.bits) == 0) return range.kind;
  }
  return AddressClass::global;
}

std::uint32_t v4_value(const std::uint8_t* bytes) noexcept {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

using V6 = std::array<std::uint8_t, 16>;

/// True if the first `bits` bits are those of `prefix`, the rest of which is zero.
bool has_prefix(const V6& address, std::initializer_list<std::uint8_t> prefix, unsigned bits) {
  Cidr network;
  network.base.is_v6 = true;
  std::copy(prefix.begin(), prefix.end(), network.base.bytes.begin());
  network.bits = bits;
  IpAddress ip;
  ip.is_v6 = true;
  ip.bytes = address;
  return contains(network, ip);
}

bool is_mapped(const V6& a) noexcept {
  return has_prefix(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96);
}

/// Offset of the IPv4 address inside a translated form.
std::optional<std::size_t> embedded_v4(const V6& a) noexcept {
  if (is_mapped(a)) return 12;
  if (has_prefix(a, {0x00, 0x64, 0xff, 0x9b}, 96)) return 12;  // NAT64, RFC 6052
  if (has_prefix(a, {0x20, 0x02}, 16)) return 2;               // 6to4, RFC 3056
  return {};
}

AddressClass classify_v6(const V6& a) noexcept {
  if (const auto at = embedded_v4(a)) return classify_v4(v4_value(a.data() + *at));
  if (has_prefix(a, {0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128)) {
    return AddressClass::metadata;  // fd00:ec2::254
  }
  if (has_prefix(a, {}, 128)) return AddressClass::unspecified;
  if (has_prefix(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128)) {
    return AddressClass::loopback;
  }
  if (has_prefix(a, {0xfc}, 7)) return AddressClass::private_use;
  if (has_prefix(a, {0xfe, 0x80}, 10)) return AddressClass::link_local;
  if (has_prefix(a, {0xff}, 8)) return AddressClass::multicast;
  const bool is_unicast = has_prefix(a, {0x20}, 3);
  const bool is_special = has_prefix(a, {0x20, 0x01}, 23) ||              // RFC 2928
                          has_prefix(a, {0x20, 0x01, 0x0d, 0xb8}, 32) ||  // documentation
                          has_prefix(a, {0x3f, 0xff}, 20);                // documentation
  return is_unicast && !is_special ? AddressClass::global : AddressClass::reserved;
}

/// ::ffff:a.b.c.d goes to the same machine as a.b.c.d, so both are judged as one.
IpAddress unmapped(const IpAddress& address) noexcept {
  if (!address.is_v6 || !is_mapped(address.bytes)) return address;
  IpAddress v4;
  std::copy(address.bytes.begin() + 12, address.bytes.end(), v4.bytes.begin());
  return v4;
}

bool is_own(const Listener& own, const IpAddress& address, std::uint16_t port,
            AddressClass kind) noexcept {
  if (own.port != port) return false;
  if (classify(own.address) == AddressClass::unspecified) return kind != AddressClass::global;
  if (unmapped(own.address) == address) return true;
  // 0.0.0.0 and :: as a destination reach loopback listeners.
  return kind == AddressClass::unspecified && classify(own.address) == AddressClass::loopback;
}

}  // namespace

std::string_view to_string(AddressClass kind) noexcept {
  switch (kind) {
    case AddressClass::global:
      return "global";
    case AddressClass::unspecified:
      return "unspecified";
    case AddressClass::loopback:
      return "loopback";
    case AddressClass::private_use:
      return "private";
    case AddressClass::link_local:
      return "link-local";
    case AddressClass::metadata:
      return "metadata";
    case AddressClass::multicast:
      return "multicast";
    case AddressClass::reserved:
      return "reserved";
  }
  return "reserved";
}

AddressClass classify(const IpAddress& address) noexcept {
  return address.is_v6 ? classify_v6(address.bytes) : classify_v4(v4_value(address.bytes.data()));
}

AddressPolicy::AddressPolicy(std::vector<Cidr> allowed, std::vector<Listener> own)
    : allowed_{std::move(allowed)}, own_{std::move(own)} {}

Verdict AddressPolicy::judge(const IpAddress& raw, std::uint16_t port) const noexcept {
  const IpAddress address = unmapped(raw);
  const AddressClass kind = classify(address);
  if (kind == AddressClass::metadata) return Verdict::refused_metadata;
  const auto owned = [&](const Listener& own) { return is_own(own, address, port, kind); };
  if (std::any_of(own_.begin(), own_.end(), owned)) return Verdict::refused_own;
  if (kind == AddressClass::global) return Verdict::allowed;
  const auto inside = [&](const Cidr& network) {
    return contains(network, address) || contains(network, raw);
  };
  return std::any_of(allowed_.begin(), allowed_.end(), inside) ? Verdict::allowed
                                                               : Verdict::refused_class;
}

bool AddressPolicy::is_allowed(const sockaddr* address) const noexcept {
  const auto ip = ip_of(address);
  if (!ip) return false;
  std::uint16_t port = 0;  // sin_port and sin6_port lie at the same place
  std::memcpy(&port, reinterpret_cast<const char*>(address) + offsetof(sockaddr_in, sin_port),
              sizeof port);
  return is_allowed(*ip, ntohs(port));
}

}  // namespace webmon::fetch
