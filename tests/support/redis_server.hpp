/// A real redis-server of a test's own: unix socket in a directory of its own, RDB, no append-only
/// file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace webmon::testing {

class RedisServer {
 public:
  /// Starts it and waits until it answers PING. `extra` are further arguments ("--maxmemory",
  /// "1mb"). Throws std::runtime_error with the server's log if it does not come up.
  explicit RedisServer(std::vector<std::string> extra = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  const std::string& socket_path() const noexcept { return socket_; }
  /// Where dump.rdb is.
  const std::filesystem::path& directory() const noexcept { return dir_.path(); }
  pid_t pid() const noexcept { return child_ ? child_->pid() : -1; }

  /// Starts it again on the same data. A server that runs is left alone.
  void start();
  /// SIGTERM: saves (there is a save point), then ends.
  void stop();
  /// SIGKILL: what was written after the last snapshot is lost.
  void kill();
  /// SIGSTOP and SIGCONT: a server that accepts but does not answer.
  void freeze();
  void thaw();

  /// One command over a connection of its own. Strings as they are, integers in decimal, nil as
  /// "(nil)", arrays one element a line, errors as "(error) …". Throws std::runtime_error if it
  /// cannot be reached.
  std::string command(const std::vector<std::string>& words) const;
  /// A field of INFO ("rdb_saves"), empty if there is none.
  std::string info(const std::string& field) const;

 private:
  TempDir dir_;
  std::string socket_;
  std::vector<std::string> extra_;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace webmon::testing
