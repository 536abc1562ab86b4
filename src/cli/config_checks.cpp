#include "cli/config_checks.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/metrics_address.hpp"
#include "cli/ports.hpp"
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
  const auto parsed = api::parse_listen_address(text);
  if (parsed) return {};
  constexpr std::string_view kSubject = "listen: ";  // the key says it already
  std::string_view why{parsed.error().detail};
  if (why.starts_with(kSubject)) why.remove_prefix(kSubject.size());
  return fail(Errc::bad_config, std::string{why});
}

Result<void> check_endpoint(const std::string& text) {
  return outcome_of(bus::parse_endpoint(text));
}

Result<void> check_metrics(const std::string& text) {
  if (parse_metrics_address(text)) return {};
  return fail(Errc::bad_config, "write ADDRESS:PORT, such as 127.0.0.1:5562, or nothing");
}

Result<void> check_net(const std::string& text) { return outcome_of(fetch::parse_cidr(text)); }

Result<void> check_host(const std::string& text) {
  if (executor::HostRules::parse({}, {&text, 1})) return {};
  return fail(Errc::bad_config, "write a host name, an address, or a network like 10.0.0.0/8");
}

// What ares_set_servers_ports_csv(3) reads.
Result<void> check_dns(const std::string& text) {
  std::string_view rest{text};
  while (!rest.empty()) {
    const auto one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const bool is_name = one.starts_with("localhost");  // parse_host_port knows it, c-ares does not
    if (is_name || (!fetch::parse_ip(one) && !parse_host_port(one)))
      return fail(Errc::bad_config,
                  "write addresses like 9.9.9.9 or [2620:fe::fe]:53, separated by commas");
  }
  return {};
}

Result<void> check_user_agent(const std::string& text) {
  const auto is_shown = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (!text.empty() && text.size() <= 256 && std::ranges::all_of(text, is_shown)) return {};
  return fail(Errc::bad_config, "write 1 to 256 printable ASCII characters");
}

Result<void> check_directory(const std::string& text) {
  if (text.empty()) return {};
  std::error_code error;
  if (text.front() == '/' && std::filesystem::is_directory(text, error)) return {};
  return fail(Errc::bad_config, "give the absolute path of a directory that is there, or nothing");
}

Result<void> check_readable(const std::string& text) {
  if (access(text.c_str(), R_OK) == 0) return {};
  return fail(Errc::bad_config, std::string{"it cannot be read: "} + std::strerror(errno));
}

Result<void> check_rules(const std::string& text) {
  return text.empty() ? Result<void>{} : check_readable(text);
}

}  // namespace webmon::cli
