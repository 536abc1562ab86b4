/// Waiting for a condition in another process or thread, with a deadline: what tests do instead of
/// sleeping.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "lib/core/clock.hpp"

namespace webmon::testing {

/// Asks `predicate` every few milliseconds until it is true or `limit` has passed; returns its last
/// answer. Sanitized builds wait three times as long.
[[nodiscard]] bool wait_until(const std::function<bool()>& predicate,
                              milliseconds limit = seconds{10});

/// A TCP port on loopback that was free a moment ago. Whoever binds it must be ready to ask for
/// another.
std::uint16_t free_port();

/// True if somebody accepts connections at address:port.
bool can_connect(const std::string& address, std::uint16_t port);

}  // namespace webmon::testing
