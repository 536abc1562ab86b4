/// A worker thread's end of the helper that runs external checks. Threads: the loop's.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/loop/loop.hpp"
#include "pipeline/executor/check_message.hpp"

namespace webmon::executor {

class ExternalChecks {
 public:
  using Done = std::function<void(CheckAnswer&&)>;

  /// Takes over `socket`. `on_gone` is called once, from the loop, if the helper ends.
  ExternalChecks(Loop& loop, int socket, std::function<void()> on_gone);
  /// Calls nobody back.
  ~ExternalChecks();
  ExternalChecks(const ExternalChecks&) = delete;
  ExternalChecks& operator=(const ExternalChecks&) = delete;

  /// Calls `done` exactly once, from the loop, at the latest some seconds after `deadline`, also
  /// from within `run` if it cannot be asked. `command`: a program's name, then its arguments.
  void run(std::vector<std::string> command, milliseconds deadline, Done done);

 private:
  struct Open {
    Done done;
    Loop::TimerId timer;
  };
  void receive();
  void finish(CheckAnswer&& answer);
  void end_all();

  Loop& loop_;
  int socket_;
  std::function<void()> on_gone_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, Open> open_;
};

}  // namespace webmon::executor
