#include "pipeline/api/port_holder.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace webmon::api {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

bool has_socket(const fs::path& process, const std::string& link) {
  std::error_code ec;
  for (fs::directory_iterator at{process / "fd", ec}, end; !ec && at != end; at.increment(ec)) {
    std::error_code unreadable;
    if (fs::read_symlink(at->path(), unreadable) == link) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> listening_inode(std::string_view table, std::uint16_t port) {
  constexpr std::string_view kListen = "0A";
  std::istringstream lines{std::string{table}};
  std::string line;
  std::getline(lines, line);  // names of the columns
  while (std::getline(lines, line)) {
    std::istringstream words{line};
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >>
        inode;
    const auto colon = local.rfind(':');
    if (state != kListen || colon == local.npos || inode.empty()) continue;
    std::istringstream hex{local.substr(colon + 1)};
    unsigned number = 0;
    if (hex >> std::hex >> number && number == port) return inode;
  }
  return std::nullopt;
}

std::optional<std::string> port_holder(std::uint16_t port) {
  auto inode = listening_inode(read_text("/proc/net/tcp"), port);
  if (!inode) inode = listening_inode(read_text("/proc/net/tcp6"), port);
  if (!inode) return std::nullopt;
  const auto link = "socket:[" + *inode + "]";
  std::error_code ec;
  for (fs::directory_iterator at{"/proc", ec}, end; !ec && at != end; at.increment(ec)) {
    const auto name = at->path().filename().string();
    if (!std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (!has_socket(at->path(), link)) continue;
    auto command = read_text(at->path() / "comm");
    while (!command.empty() && command.back() == '\n') command.pop_back();
    return command + " (pid " + name + ")";
  }
  return std::nullopt;
}

}  // namespace webmon::api
