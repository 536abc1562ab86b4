#include "cli/ports.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

namespace webmon::cli {
namespace {

namespace fs = std::filesystem;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::optional<SocketAddress> socket_address(const HostPort& address) {
  SocketAddress out;
  in_addr v4{};
  if (inet_pton(AF_INET, address.host.c_str(), &v4) == 1) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr = v4;
    in.sin_port = htons(address.port);
    std::memcpy(&out.storage, &in, sizeof in);
    out.size = sizeof in;
    return out;
  }
  sockaddr_in6 in6{};
  if (inet_pton(AF_INET6, address.host.c_str(), &in6.sin6_addr) != 1) return std::nullopt;
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(address.port);
  std::memcpy(&out.storage, &in6, sizeof in6);
  out.size = sizeof in6;
  return out;
}

class Fd {
 public:
  explicit Fd(int fd) : fd_{fd} {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// 0, or errno of bind or listen.
int try_listen(const SocketAddress& address) {
  const Fd fd{socket(address.get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (fd.get() < 0) return errno;
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd.get(), address.get(), address.size) != 0 || listen(fd.get(), 1) != 0) return errno;
  return 0;
}

// Columns of /proc/net/tcp: sl local rem st tx:rx tr:when retrnsmt uid timeout inode.
void add_listening_inodes(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
  std::ifstream file{table};
  const auto suffix = fmt::format(":{:04X}", port);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields{line};
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >>
        timeout >> inode;
    if (state == "0A" && local.ends_with(suffix)) inodes.insert("socket:[" + inode + "]");
  }
}

bool has_one_of(const fs::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{process / "fd", error}) {
    const auto target = fs::read_symlink(entry.path(), error);
    if (!error && inodes.contains(target.string())) return true;
  }
  return false;
}

std::string name_of(const fs::path& process) {
  std::string name;
  std::ifstream comm{process / "comm"};
  std::getline(comm, name);
  if (name != "webmon") return name;
  std::ifstream words{process / "cmdline", std::ios::binary};  // ours: say which part
  std::string program, part;
  std::getline(words, program, '\0');
  std::getline(words, part, '\0');
  return part.empty() ? name : name + " " + part;
}

}  // namespace

Result<HostPort> parse_host_port(std::string_view text) {
  const auto bad = [&] {
    return fail(Errc::bad_config,
                fmt::format("\"{}\" is not ADDRESS:PORT, like 127.0.0.1:8080", text));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  HostPort out{.host = std::string{host == "localhost" ? "127.0.0.1" : host}, .port = 0};
  const auto end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, out.port);
  if (error != std::errc{} || at != end || out.port == 0 || !socket_address(out)) return bad();
  return out;
}

std::string to_string(const HostPort& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", address.host, address.port)
               : fmt::format("{}:{}", address.host, address.port);
}

Result<void> check_free(const HostPort& address, std::string_view what) {
  const auto target = socket_address(address);
  const int error = target ? try_listen(*target) : EINVAL;
  if (error == 0) return {};
  if (error != EADDRINUSE)
    return fail(Errc::bad_config, fmt::format("cannot listen on {} for {}: {}", to_string(address),
                                              what, strerror(error)));
  const auto holder = listener_on(address.port).value_or("another process");
  return fail(Errc::conflict,
              fmt::format("{} listens on {}, which {} needs. Stop it, or choose other ports "
                          "(--listen ADDRESS:PORT, --ports auto)",
                          holder, to_string(address), what));
}

bool accepts(const HostPort& address) noexcept {
  const auto target = socket_address(address);
  if (!target) return false;
  const Fd fd{socket(target->get()->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const timeval limit{.tv_sec = 0, .tv_usec = 200'000};
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return connect(fd.get(), target->get(), target->size) == 0;
}

Result<std::uint16_t> pick_free_port(const std::string& host, Rng& rng) {
  // Linux takes 32768 and above for outgoing connections (ip_local_port_range), of which we make
  // many.
  constexpr std::uint64_t kFirst = 20'000;
  constexpr std::uint64_t kCount = 12'000;
  for (int tries = 0; tries < 200; ++tries) {
    const auto port = static_cast<std::uint16_t>(kFirst + rng.next() % kCount);
    const auto target = socket_address({host, port});
    if (target && try_listen(*target) == 0) return port;
  }
  return fail(Errc::conflict, "no free port on " + host);
}

std::optional<std::string> listener_on(std::uint16_t port) {
  std::set<std::string> inodes;
  add_listening_inodes("/proc/net/tcp", port, inodes);
  add_listening_inodes("/proc/net/tcp6", port, inodes);
  if (inodes.empty()) return std::nullopt;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{"/proc", error}) {
    const auto pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    if (has_one_of(entry.path(), inodes))
      return fmt::format("{} (pid {})", name_of(entry.path()), pid);
  }
  return std::nullopt;
}

}  // namespace webmon::cli
