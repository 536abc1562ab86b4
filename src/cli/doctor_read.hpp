/// Reads what `webmon doctor` judges: the kernel, the disk, Redis, the API. Every wait has a
/// deadline of seconds; what cannot be read is told in the facts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/doctor_checks.hpp"
#include "cli/endpoints.hpp"
#include "lib/store/redis.hpp"

namespace webmon::cli {

MachineFacts read_machine(const std::filesystem::path& data_dir, const std::string& ca_file);
std::vector<PortFacts> read_ports(const Endpoints& endpoints);
RedisFacts read_redis(const store::RedisAddress& address);
ApiFacts read_api(const std::string& server);

/// Lines of "name:value", as INFO of Redis has them. Pure.
std::map<std::string, std::string> parse_info(std::string_view text);

}  // namespace webmon::cli
