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
  if (ports[2] > 65'533)
    return fail(Errc::bad_config,
                fmt::format("--ports {}: the two ports after that of control are for metrics, so "
                            "it is at most 65533",
                            text));
  std::string* const fields[] = {&endpoints.jobs, &endpoints.work, &endpoints.control};
  for (std::size_t i = 0; i < 3; ++i) *fields[i] = fmt::format("tcp://127.0.0.1:{}", ports[i]);
  endpoints.dispatcher_metrics = fmt::format("127.0.0.1:{}", ports[2] + 1);
  endpoints.executor_metrics = fmt::format("127.0.0.1:{}", ports[2] + 2);
  return {};
}

/// Port 0 is any free one: picked here, as the parts and other commands must know it.
Result<void> pick_port(std::string& listen, Rng& rng) {
  if (!listen.ends_with(":0")) return {};
  auto address = parse_host_port(listen.substr(0, listen.size() - 1) + "1");
  if (!address) return fail(address.error());
  const auto port = pick_free_port(address->host, rng);
  if (!port) return fail(port.error());
  address->port = *port;
  listen = to_string(*address);
  return {};
}

std::vector<std::string> part(std::string name, Command which, const ConfigFlags& flags) {
  std::vector<std::string> arguments{std::move(name), "--config", flags.file};
  for (auto& argument : arguments_for(which, flags)) arguments.push_back(std::move(argument));
  return arguments;
}

}  // namespace

Result<Endpoints> plan_endpoints(const UpOptions& options, const Settings& settings,
                                 const std::filesystem::path& dir, Rng& rng) {
  const auto& configured = settings.dispatcher.endpoints;
  Endpoints endpoints;
  endpoints.listen = settings.api.listen;
  endpoints.jobs = configured.jobs;
  endpoints.work = configured.work;
  endpoints.control = configured.control;
  if (options.ports == "auto") {
    auto picked = with_free_ports(endpoints, rng);
    if (!picked) return picked;
    endpoints = std::move(*picked);
    if (settings.api.listen != ApiConfig{}.listen) endpoints.listen = settings.api.listen;
  } else if (!options.ports.empty()) {
    if (auto used = use_ports(options.ports, endpoints); !used) return fail(used.error());
  }
  if (const auto& text = settings.dispatcher_metrics; !text.empty())
    endpoints.dispatcher_metrics = text;
  if (const auto& text = settings.executor_metrics; !text.empty())
    endpoints.executor_metrics = text;
  if (auto picked = pick_port(endpoints.listen, rng); !picked) return fail(picked.error());
  endpoints.redis = "unix:" + redis_socket(dir).string();
  return endpoints;
}

ConfigFlags flags_for_parts(const ConfigFlags& flags, const Endpoints& endpoints,
                            const std::filesystem::path& dir) {
  auto out = flags;
  const auto set = [&](std::string_view section, std::string_view name, const std::string& text) {
    const auto* key = find_key(section, name);
    std::erase_if(out.values, [&](const FlagValue& value) { return value.key == key; });
    out.values.push_back({key, text});
  };
  set("redis", "address", endpoints.redis);
  set("api", "listen", endpoints.listen);
  set("dispatcher", "jobs", endpoints.jobs);
  set("dispatcher", "work", endpoints.work);
  set("dispatcher", "control", endpoints.control);
  set("dispatcher", "redis_dir", dir.string());
  set("metrics", "dispatcher", endpoints.dispatcher_metrics);
  set("metrics", "executor", endpoints.executor_metrics);
  return out;
}

std::vector<std::string> redis_part(const std::filesystem::path& dir) {
  return {"redis", "--dir", dir.string()};
}

std::vector<std::string> dispatcher_part(const ConfigFlags& flags) {
  return part("dispatcher", kDispatcher, flags);
}

std::vector<std::string> executor_part(const ConfigFlags& flags, const Endpoints& endpoints) {
  auto arguments = part("executor", kExecutor, flags);
  if (const auto own = tcp_listeners(endpoints); own)
    for (const auto& listener : *own) arguments.insert(arguments.end(), {"--own", listener});
  return arguments;
}

std::vector<std::string> api_part(const ConfigFlags& flags) { return part("api", kApi, flags); }

Result<std::vector<std::string>> tcp_listeners(const Endpoints& endpoints) {
  std::vector<std::string> out;
  for (const auto& text : {endpoints.listen, endpoints.jobs, endpoints.work, endpoints.control,
                           endpoints.dispatcher_metrics, endpoints.executor_metrics}) {
    std::string_view address{text};
    if (address.starts_with("ipc://")) continue;
    if (address.starts_with(kTcp)) address.remove_prefix(kTcp.size());
    if (auto parsed = parse_host_port(address); !parsed) return fail(parsed.error());
    out.emplace_back(address);
  }
  return out;
}

}  // namespace webmon::cli
