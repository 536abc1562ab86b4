#include "cli/config_checks.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lib/bus/endpoint.hpp"
#include "lib/fetch/ip.hpp"
#include "lib/store/redis.hpp"
#include "pipeline/api/listen_address.hpp"
#include "pipeline/executor/host_rules.hpp"

namespace webmon::cli {
namespace {

template <class T>
Result<void> outcome_of(Result<T> parsed) {
  if (!parsed) return fail(std::move(parsed.error()));
  return {};
}

}  // namespace

// "{" would move keys to another slot of a cluster.
Result<void> check_ns(const std::string& text) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (!text.empty() && text.size() <= 32 && std::ranges::all_of(text, is_word)) return {};
  return fail(Errc::bad_config, "write 1 to 32 of a-z, 0-9, - and _");
}

Result<void> check_redis(const std::string& text) {
  if (store::parse_redis_address(text)) return {};
  return fail(Errc::bad_config, "write unix:/path, host:port or [address]:port");
}

Result<void> check_listen(const std::string& text) {
  return outcome_of(api::parse_listen_address(text));
}

Result<void> check_endpoint(const std::string& text) {
  return outcome_of(bus::parse_endpoint(text));
}

Result<void> check_net(const std::string& text) { return outcome_of(fetch::parse_cidr(text)); }

Result<void> check_host(const std::string& text) {
  return outcome_of(executor::HostRules::parse({}, {&text, 1}));
}

Result<void> check_user_agent(const std::string& text) {
  const auto is_shown = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (!text.empty() && text.size() <= 256 && std::ranges::all_of(text, is_shown)) return {};
  return fail(Errc::bad_config, "write 1 to 256 printable ASCII characters");
}

Result<void> check_readable(const std::string& text) {
  if (access(text.c_str(), R_OK) == 0) return {};
  return fail(Errc::bad_config, std::string{"it cannot be read: "} + std::strerror(errno));
}

}  // namespace webmon::cli
