#include "cli/nets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>

namespace webmon::cli {
namespace {

constexpr const char* kLoopback4 = "127.0.0.0/8";
constexpr const char* kLoopback6 = "::1";

void read_lines(std::istream& in, std::vector<std::string>& out) {
  for (std::string line; std::getline(in, line);) {
    const auto from = line.find_first_not_of(" \t\r");
    if (from == std::string::npos || line[from] == '#') continue;
    out.push_back(line.substr(from, line.find_last_not_of(" \t\r") - from + 1));
  }
}

}  // namespace

Result<std::vector<fetch::Cidr>> parse_nets(const std::vector<std::string>& texts) {
  std::vector<fetch::Cidr> nets;
  for (const auto& text : texts) {
    auto net = fetch::parse_cidr(text);
    if (!net)
      return fail(Errc::bad_config, fmt::format("--allow-net {}: {}", text, net.error().detail));
    nets.push_back(*net);
  }
  return nets;
}

std::vector<std::string> literal_loopback_nets(const std::vector<Url>& urls) {
  bool is_v4 = false;
  bool is_v6 = false;
  for (const auto& url : urls) {
    const auto ip = fetch::parse_ip(url.host);
    const bool is_name = url.host == "localhost";
    is_v4 = is_v4 || is_name || (ip && !ip->is_v6 && ip->bytes[0] == 127);
    is_v6 = is_v6 || is_name || (ip && fetch::to_text(*ip) == kLoopback6);
  }
  std::vector<std::string> nets;
  if (is_v4) nets.emplace_back(kLoopback4);
  if (is_v6) nets.emplace_back(kLoopback6);
  return nets;
}

Result<std::vector<Url>> parse_urls(const std::vector<std::string>& texts) {
  std::vector<Url> urls;
  for (const auto& text : texts) {
    auto url = parse_url(text, true);
    if (!url) return fail(Errc::bad_input, fmt::format("{}: {}", text, url.error().detail));
    urls.push_back(std::move(*url));
  }
  return urls;
}

Result<std::vector<std::string>> read_url_file(const std::string& path) {
  std::vector<std::string> lines;
  if (path == "-") {
    read_lines(std::cin, lines);
    return lines;
  }
  std::ifstream file{path};
  if (!file) return fail(Errc::not_found, fmt::format("cannot read {}: {}", path, strerror(errno)));
  read_lines(file, lines);
  return lines;
}

}  // namespace webmon::cli
