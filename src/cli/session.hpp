/// What `./run` does: a whole Webmon started, pages added and checked, results shown. The parts run
/// under a `webmon up` that is a child process; everything else goes over its HTTP API.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace webmon::cli {

struct SessionOptions {
  std::vector<std::string> urls;  ///< none: the demo site
  std::string file;
  std::string data_dir, ports, listen, ca_file;
  std::vector<std::string> allow_nets;
  unsigned threads = 0;
  unsigned rounds = 0;  ///< 0: 1, or kDemoRounds for the demo
  bool is_once = false;
  bool is_json = false;
};

/// Two more than the defacement takes, so that it is seen twice.
inline constexpr unsigned kDemoRounds = 70;

int run_session(SessionOptions options);

/// Exit code over all results: 0 all up, 1 something is not ok, 2 something has no result. Pure.
int verdict(const std::vector<boost::json::object>& results);

}  // namespace webmon::cli
