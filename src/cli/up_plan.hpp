/// What `webmon up` starts, with which arguments. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/config_flags.hpp"
#include "cli/endpoints.hpp"

namespace webmon::cli {

struct UpOptions {
  ConfigFlags flags;
  std::string ports;  ///< empty: as configured; "auto"; or "JOBS,WORK,CONTROL"
  bool has_demo = false;
  std::string demo_listen = "127.0.0.11:8090";
};

/// Where all listen; "auto" picks free ports, but for an API address that is configured. Errors:
/// bad_config, conflict.
Result<Endpoints> plan_endpoints(const UpOptions& options, const Settings& settings,
                                 const std::filesystem::path& dir, Rng& rng);

/// The flags of `up` for its parts: its own, and where it has decided that they listen.
ConfigFlags flags_for_parts(const ConfigFlags& flags, const Endpoints& endpoints,
                            const std::filesystem::path& dir);

std::vector<std::string> redis_part(const std::filesystem::path& dir);
std::vector<std::string> dispatcher_part(const ConfigFlags& flags);
/// It never fetches from what listens at `endpoints`.
std::vector<std::string> executor_part(const ConfigFlags& flags, const Endpoints& endpoints);
std::vector<std::string> api_part(const ConfigFlags& flags);

/// ADDRESS:PORT of every TCP listener. Errors: bad_config.
Result<std::vector<std::string>> tcp_listeners(const Endpoints& endpoints);

}  // namespace webmon::cli
