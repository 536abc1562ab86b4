#include "cli/up_plan.hpp"

#include <fmt/format.h>

#include <charconv>

#include "cli/ports.hpp"
#include "cli/redis_server.hpp"

namespace webmon::cli {
namespace {

constexpr std::string_view kTcp = "tcp://";

Result<void> use_ports(const std::string& text, Endpoints& endpoints) {
  std::vector<std::uint16_t> ports;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::uint16_t port = 0;
    const auto [next, error] = std::from_chars(at, end, port);
    if (error != std::errc{} || port == 0 || (next < end && *next != ',')) break;
    ports.push_back(port);
    at = next < end ? next + 1 : end;
  }
  if (at != end || ports.size() != 3)
    return fail(Errc::bad_config,
                fmt::format("--ports {}: give \"auto\" or three ports for jobs, work and control, "
                            "like 5559,5560,5561",
                            text));
  std::string* const fields[] = {&endpoints.jobs, &endpoints.work, &endpoints.control};
  for (std::size_t i = 0; i < 3; ++i) *fields[i] = fmt::format("tcp://127.0.0.1:{}", ports[i]);
  return {};
}

}  // namespace

Result<Endpoints> plan_endpoints(const UpOptions& options, const std::filesystem::path& dir,
                                 Rng& rng) {
  Endpoints endpoints;
  if (options.ports == "auto") {
    auto picked = with_free_ports(endpoints, rng);
    if (!picked) return picked;
    endpoints = std::move(*picked);
  } else if (!options.ports.empty()) {
    if (auto used = use_ports(options.ports, endpoints); !used) return fail(used.error());
  }
  if (!options.listen.empty()) endpoints.listen = options.listen;
  endpoints.redis = "unix:" + redis_socket(dir).string();
  return endpoints;
}

std::vector<std::string> redis_part(const std::filesystem::path& dir) {
  return {"redis", "--dir", dir.string()};
}

std::vector<std::string> dispatcher_part(const Endpoints& endpoints,
                                         const std::filesystem::path& dir,
                                         const UpOptions& options) {
  std::vector<std::string> args{"dispatcher",   "--redis",   endpoints.redis,  "--redis-dir",
                                dir.string(),   "--jobs",    endpoints.jobs,   "--work",
                                endpoints.work, "--control", endpoints.control};
  const auto add = [&](const char* name, const std::string& value) {
    args.emplace_back(name);
    args.push_back(value);
  };
  if (!options.interval.empty()) add("--interval", options.interval);
  for (const auto& interval : options.tag_intervals) add("--tag-interval", interval);
  return args;
}

std::vector<std::string> executor_part(const Endpoints& endpoints, const UpOptions& options) {
  std::vector<std::string> args{"executor", "--redis", endpoints.redis, "--work", endpoints.work};
  const auto add = [&](const char* name, const std::string& value) {
    args.emplace_back(name);
    args.push_back(value);
  };
  for (const auto& net : options.allow_nets) add("--allow-net", net);
  for (const auto& host : options.unlimited_hosts) add("--unlimited-host", host);
  if (const auto own = tcp_listeners(endpoints); own)
    for (const auto& listener : *own) add("--own", listener);
  if (!options.ca_file.empty()) add("--ca-file", options.ca_file);
  if (!options.dns.empty()) add("--dns", options.dns);
  if (options.threads > 0) add("--threads", std::to_string(options.threads));
  if (options.slots > 0) add("--slots", std::to_string(options.slots));
  return args;
}

std::vector<std::string> api_part(const Endpoints& endpoints) {
  return {"api",    "--redis",      endpoints.redis, "--listen",       endpoints.listen,
          "--jobs", endpoints.jobs, "--control",     endpoints.control};
}

Result<std::vector<std::string>> tcp_listeners(const Endpoints& endpoints) {
  std::vector<std::string> out;
  for (const auto& text : {endpoints.listen, endpoints.jobs, endpoints.work, endpoints.control}) {
    std::string_view address{text};
    if (address.starts_with("ipc://")) continue;
    if (address.starts_with(kTcp)) address.remove_prefix(kTcp.size());
    if (auto parsed = parse_host_port(address); !parsed) return fail(parsed.error());
    out.emplace_back(address);
  }
  return out;
}

}  // namespace webmon::cli
