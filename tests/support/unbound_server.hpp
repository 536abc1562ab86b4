/// A real unbound of a test's own, on a free port of 127.0.0.1: a resolver that knows the zones it
/// is given and nothing else.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace webmon::testing {

/// Name of a zone without its last dot, and its zone file (RFC 1035 §5), which begins with SOA.
using Zone = std::pair<std::string, std::string>;

class UnboundServer {
 public:
  /// Starts it and waits until it serves. Throws std::runtime_error with unbound's own message.
  explicit UnboundServer(const std::vector<Zone>& zones);

  /// "127.0.0.1:PORT", over UDP and TCP.
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void stop() { child_->stop(); }

 private:
  bool launch();

  TempDir dir_;
  std::string zones_;
  std::uint16_t port_ = 0;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace webmon::testing
