#include "tests/support/unbound_server.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "tests/support/wait_until.hpp"

namespace webmon::testing {
namespace {

constexpr int kPortAttempts = 5;

// Two of them on one port would share the questions, were it not for so-reuseport.
constexpr const char* kConfig = R"(server:
  directory: "{0}"
  pidfile: "{0}/unbound.pid"
  interface: 127.0.0.1
  port: {1}
  so-reuseport: no
  do-daemonize: no
  use-syslog: no
  chroot: ""
  username: ""
  num-threads: 1
  module-config: "iterator"
  local-zone: "." refuse
{2}remote-control:
  control-enable: no
)";

}  // namespace

UnboundServer::UnboundServer(const std::vector<Zone>& zones) {
  std::string sources;
  for (const auto& [name, content] : zones) {
    const auto file = dir_.write(name + ".zone", content);
    zones_ += fmt::format("  local-zone: \"{}\" transparent\n", name);
    sources += fmt::format(
        "auth-zone:\n  name: \"{}\"\n  zonefile: \"{}\"\n  for-downstream: no\n"
        "  for-upstream: yes\n",
        name, file.string());
  }
  zones_ += sources;
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    port_ = free_port();
    if (launch()) return;
  }
  throw std::runtime_error{"unbound did not start:\n" + child_->output()};
}

/// True once it serves: unbound writes its pid after it has bound its ports.
bool UnboundServer::launch() {
  const auto config =
      dir_.write("unbound.conf", fmt::format(kConfig, dir_.path().string(), port_, zones_));
  const auto pid_file = dir_ / "unbound.pid";
  std::filesystem::remove(pid_file);
  ChildOptions options;
  options.output = dir_ / "output";
  child_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{"unbound", "-d", "-c", config.string()}, std::move(options));
  return wait_until([&] { return !child_->is_running() || std::filesystem::exists(pid_file); }) &&
         child_->is_running();
}

}  // namespace webmon::testing
