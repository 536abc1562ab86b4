/// "address:port" of the listener: numeric, loopback only until there is authentication. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"

namespace webmon::api {

struct ListenAddress {
  std::string address;  ///< numeric, without brackets
  std::uint16_t port = 0;
};
/// "127.0.0.1:8080", "[::1]:0", "localhost:8080". Errors: bad_config, forbidden off loopback.
Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace webmon::api
