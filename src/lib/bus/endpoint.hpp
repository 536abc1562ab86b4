/// Which endpoints a socket may use: plain TCP on loopback, ipc, inproc. Pure but for
/// `is_ipc_taken`.
#pragma once

#include <string>
#include <string_view>

#include "lib/core/result.hpp"

namespace webmon::bus {

enum class Transport : std::uint8_t { tcp, ipc, inproc };

struct Endpoint {
  Transport transport = Transport::tcp;
  std::string path;      ///< of ipc and inproc
  bool is_ipv6 = false;  ///< of tcp
};

/// Errors: forbidden (plain TCP off loopback), bad_config (anything else that is not an endpoint).
Result<Endpoint> parse_endpoint(std::string_view text);

/// True if a process accepts connections at this path. libzmq would remove the file and steal the
/// address from it.
bool is_ipc_taken(const std::string& path) noexcept;

}  // namespace webmon::bus
