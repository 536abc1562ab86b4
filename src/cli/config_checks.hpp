/// What a text of the configuration must be, beyond being text. For ValueRule::check.
#pragma once

#include <string>

#include "lib/core/result.hpp"

namespace webmon::cli {

Result<void> check_ns(const std::string& text);
Result<void> check_redis(const std::string& text);
Result<void> check_listen(const std::string& text);
Result<void> check_endpoint(const std::string& text);
Result<void> check_metrics(const std::string& text);
Result<void> check_net(const std::string& text);
Result<void> check_host(const std::string& text);
Result<void> check_dns(const std::string& text);
Result<void> check_user_agent(const std::string& text);
/// Reads the file system: an absolute path of a directory, or empty.
Result<void> check_directory(const std::string& text);
/// Reads the file system: the file must be there and readable.
Result<void> check_readable(const std::string& text);
/// The same, or nothing.
Result<void> check_rules(const std::string& text);

}  // namespace webmon::cli
