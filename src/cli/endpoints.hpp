/// Where the parts of one Webmon listen. `webmon up` writes it to <data-dir>/endpoints.json when
/// all are ready, and removes it when it stops; other commands read it to find their server.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "lib/core/result.hpp"
#include "lib/core/rng.hpp"

namespace webmon::cli {

inline constexpr const char* kDefaultServer = "http://127.0.0.1:8080";

struct Endpoints {
  long pid = 0;  ///< of `webmon up`
  std::string listen = "127.0.0.1:8080";
  std::string jobs = "tcp://127.0.0.1:5559";
  std::string work = "tcp://127.0.0.1:5560";
  std::string control = "tcp://127.0.0.1:5561";
  std::string dispatcher_metrics = "127.0.0.1:5562";
  std::string executor_metrics = "127.0.0.1:5563";
  std::string redis;  ///< "unix:/path"
  std::string server() const { return "http://" + listen; }
  bool operator==(const Endpoints&) const = default;
};

/// The same with ports of 127.0.0.1 that are free now. Errors: conflict.
Result<Endpoints> with_free_ports(Endpoints endpoints, Rng& rng);

std::filesystem::path endpoints_file(const std::filesystem::path& data_dir);
/// Atomic: a reader sees all or nothing. Errors: bad_config.
Result<void> write_endpoints(const std::filesystem::path& data_dir, const Endpoints& endpoints);
/// Nothing if there is no such file, or its `up` no longer runs. Errors: bad_frame.
Result<std::optional<Endpoints>> read_endpoints(const std::filesystem::path& data_dir);

}  // namespace webmon::cli
