/// TCP ports on this machine: who holds one, and which are free.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"
#include "lib/core/rng.hpp"

namespace webmon::cli {

/// "127.0.0.1:8080", "[::1]:8080".
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
};
/// Errors: bad_config.
Result<HostPort> parse_host_port(std::string_view text);
std::string to_string(const HostPort& address);

/// Errors: conflict, naming the process that listens there as far as /proc tells; bad_config if the
/// address is none of this machine's. `what` is whom the port is for ("the API").
Result<void> check_free(const HostPort& address, std::string_view what);

/// True if somebody accepts connections there within a fraction of a second.
bool accepts(const HostPort& address) noexcept;

/// A port that is free on `host` now, below the range that the kernel takes for outgoing
/// connections. Errors: conflict if none of many tries was free.
Result<std::uint16_t> pick_free_port(const std::string& host, Rng& rng);

/// "redis-server (pid 812)", if a process we may look into listens on `port`.
std::optional<std::string> listener_on(std::uint16_t port);

}  // namespace webmon::cli
