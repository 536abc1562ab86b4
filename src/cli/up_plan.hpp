/// What `webmon up` starts, with which arguments. Pure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/endpoints.hpp"

namespace webmon::cli {

struct UpOptions {
  std::string data_dir;
  std::string listen;  ///< empty: the default
  std::string ports;   ///< empty: the defaults; "auto"; or "JOBS,WORK,CONTROL"
  std::vector<std::string> allow_nets;
  std::vector<std::string> unlimited_hosts;
  std::string interval;  ///< empty: the default
  std::vector<std::string> tag_intervals;
  std::string ca_file;
  std::string dns;
  unsigned threads = 0;
  unsigned slots = 0;  ///< 0: the default
  bool has_demo = false;
  std::string demo_listen = "127.0.0.11:8090";
  std::string log_file;  ///< empty: standard error
};

/// Endpoints for these options; "auto" picks free ports. Errors: bad_config, conflict.
Result<Endpoints> plan_endpoints(const UpOptions& options, const std::filesystem::path& dir,
                                 Rng& rng);

std::vector<std::string> redis_part(const std::filesystem::path& dir);
std::vector<std::string> dispatcher_part(const Endpoints& endpoints,
                                         const std::filesystem::path& dir,
                                         const UpOptions& options);
std::vector<std::string> executor_part(const Endpoints& endpoints, const UpOptions& options);
std::vector<std::string> api_part(const Endpoints& endpoints);

/// ADDRESS:PORT of every TCP listener. Errors: bad_config.
Result<std::vector<std::string>> tcp_listeners(const Endpoints& endpoints);

}  // namespace webmon::cli
