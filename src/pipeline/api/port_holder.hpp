/// Who listens on a TCP port, for an error message that helps. Reads /proc; sees only what this
/// user may see.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webmon::api {

/// "nginx (pid 4711)", or nothing if /proc does not tell.
std::optional<std::string> port_holder(std::uint16_t port);

/// The inode of the socket that listens on `port` in the text of /proc/net/tcp or tcp6. Pure.
std::optional<std::string> listening_inode(std::string_view table, std::uint16_t port);

}  // namespace webmon::api
