/// Networks and hosts as the command line names them.
#pragma once

#include <string>
#include <vector>

#include "lib/core/result.hpp"
#include "lib/core/url.hpp"
#include "lib/fetch/ip.hpp"

namespace webmon::cli {

/// Values of --allow-net. Errors: bad_config, naming the value.
Result<std::vector<fetch::Cidr>> parse_nets(const std::vector<std::string>& texts);

/// The loopback networks that `urls` name literally: "127.0.0.0/8" for 127.x.y.z and localhost,
/// "::1" for [::1]. Localhost means both.
std::vector<std::string> literal_loopback_nets(const std::vector<Url>& urls);

/// URLs of the command line; a missing scheme is http. Errors: bad_input, naming the URL.
Result<std::vector<Url>> parse_urls(const std::vector<std::string>& texts);

/// Lines of a file of URLs; empty ones and those that begin with # are skipped. "-" is standard
/// input. Errors: not_found.
Result<std::vector<std::string>> read_url_file(const std::string& path);

}  // namespace webmon::cli
