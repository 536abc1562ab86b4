/// Which addresses Webmon may connect to. It judges addresses, never names: each name is resolved
/// first, and the address really connected to is judged again at the socket. Pure; a value that is
/// copied freely. Threads: none.   Source: IANA special-purpose registries (RFC 6890).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lib/fetch/ip.hpp"

namespace webmon::fetch {

/// What an address is. Only `global` is allowed by default.
enum class AddressClass : std::uint8_t {
  global,
  unspecified,  ///< 0.0.0.0/8, ::
  loopback,     ///< 127.0.0.0/8, ::1
  private_use,  ///< RFC 1918, RFC 6598 (CGNAT), unique local
  link_local,   ///< 169.254.0.0/16, fe80::/10
  metadata,     ///< cloud metadata services; no configuration allows them
  multicast,    ///< 224.0.0.0/4, ff00::/8
  reserved      ///< documentation, benchmarking, transition and unassigned ranges
};
std::string_view to_string(AddressClass kind) noexcept;

/// The class of an address. Mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96) and 6to4 (2002::/16) forms
/// have the class of the IPv4 address inside.
AddressClass classify(const IpAddress& address) noexcept;

/// An address and port that Webmon itself listens on. `address` unspecified (0.0.0.0 or ::) = every
/// loopback address, and every allowed non-public one, at this port.
struct Listener {
  IpAddress address;
  std::uint16_t port = 0;
};

enum class Verdict : std::uint8_t {
  allowed,
  refused_class,     ///< not a public address and not in an allowed network
  refused_metadata,  ///< a cloud metadata service
  refused_own        ///< one of Webmon's own listeners
};

class AddressPolicy {
 public:
  /// Public addresses only.
  AddressPolicy() = default;
  /// Public addresses and those inside `allowed`. `own` is always refused, and so is metadata.
  AddressPolicy(std::vector<Cidr> allowed, std::vector<Listener> own);

  Verdict judge(const IpAddress& address, std::uint16_t port) const noexcept;
  bool is_allowed(const IpAddress& address, std::uint16_t port) const noexcept {
    return judge(address, port) == Verdict::allowed;
  }
  /// False for anything that is not an AF_INET or AF_INET6 socket address.
  bool is_allowed(const sockaddr* address) const noexcept;

  std::span<const Cidr> allowed() const noexcept { return allowed_; }

 private:
  std::vector<Cidr> allowed_;
  std::vector<Listener> own_;
};

}  // namespace webmon::fetch
