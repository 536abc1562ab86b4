#include "pipeline/executor/check_helper.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>

#include "lib/core/log.hpp"
#include "lib/loop/loop.hpp"
#include "pipeline/executor/check_message.hpp"
#include "pipeline/executor/external_check.hpp"
#include "pipeline/executor/sandbox.hpp"

namespace webmon::executor {
namespace {

using End = CheckAnswer::End;

class Helper {
 public:
  Helper(std::string directory, std::vector<int> sockets)
      : directory_{std::move(directory)}, sockets_{std::move(sockets)} {
    for (const int socket : sockets_)
      loop_.watch(socket, Loop::kRead, [this, socket](unsigned) { receive(socket); });
  }
  void run() { loop_.run(); }

 private:
  struct Asked {
    int socket;
    CheckRequest request;
  };
  struct Running {
    int socket = -1;
    std::uint64_t id = 0;
    StartedCheck process;
    MonoTime began{};
    Loop::TimerId deadline = 0;
    bool has_overrun = false;
    std::string output;
  };

  void receive(int socket) {
    std::array<char, kMaxCheckRequest> packet;
    for (;;) {
      const auto size = recv(socket, packet.data(), packet.size(), MSG_DONTWAIT);
      if (size < 0 && (errno == EAGAIN || errno == EINTR)) return start_next();
      if (size <= 0) return loop_.stop();  // the worker is gone
      auto request = decode_check_request({packet.data(), static_cast<std::size_t>(size)});
      if (request) accept(socket, std::move(*request));
    }
  }

  void accept(int socket, CheckRequest&& request) {
    if (waiting_.size() < kChecksWaiting) {
      waiting_.push_back({socket, std::move(request)});
      return;
    }
    answer(socket, {.id = request.id, .output = "too many external checks wait"});
  }

  void start_next() {
    while (running_.size() < kChecksAtOnce && !waiting_.empty()) {
      const auto asked = std::move(waiting_.front());
      waiting_.pop_front();
      start(asked.socket, asked.request);
    }
  }

  void start(int socket, const CheckRequest& request) {
    auto started = start_check(directory_, request.command);
    if (!started) {
      return answer(socket, {.id = request.id, .output = std::move(started.error().detail)});
    }
    const int key = started->exit_fd;
    auto& check = running_[key];
    check.socket = socket;
    check.id = request.id;
    check.process = *started;
    check.began = loop_.now();
    check.deadline = loop_.after(request.deadline, [&check] {
      check.has_overrun = true;
      kill(-check.process.pid, SIGKILL);
      kill(check.process.pid, SIGKILL);  // before it had a session of its own
    });
    loop_.watch(check.process.output_fd, Loop::kRead, [this, &check](unsigned) { read(check); });
    loop_.watch(key, Loop::kRead, [this, key](unsigned) { finish(key); });
  }

  /// Until there is no more now, or at its end; what is over the bound is read and dropped.
  void read(Running& check) {
    std::array<char, 4'096> part;
    for (;;) {
      const auto size = ::read(check.process.output_fd, part.data(), part.size());
      if (size < 0 && errno == EINTR) continue;
      if (size == 0) loop_.unwatch(check.process.output_fd);
      if (size <= 0) return;
      const auto room = kMaxCheckOutput - check.output.size();
      check.output.append(part.data(), std::min(static_cast<std::size_t>(size), room));
    }
  }

  void finish(int key) {
    auto& check = running_.at(key);
    kill(-check.process.pid, SIGKILL);  // what it left behind
    int status = 0;
    if (waitpid(check.process.pid, &status, 0) != check.process.pid) status = SIGKILL;
    read(check);
    loop_.cancel(check.deadline);
    for (const int fd : {check.process.output_fd, check.process.exit_fd}) {
      loop_.unwatch(fd);
      close(fd);
    }
    answer(check.socket, ended(check, status));
    running_.erase(key);
    start_next();
  }

  CheckAnswer ended(Running& check, int status) {
    const bool is_killed = WIFSIGNALED(status);
    const auto end = check.has_overrun ? End::overran : is_killed ? End::killed : End::exited;
    return {.id = check.id,
            .end = end,
            .code = static_cast<std::uint8_t>(is_killed ? WTERMSIG(status) : WEXITSTATUS(status)),
            .elapsed = std::chrono::duration_cast<milliseconds>(loop_.now() - check.began),
            .output = std::move(check.output)};
  }

  /// A worker that does not read its answers loses them; its own deadline tells it.
  void answer(int socket, const CheckAnswer& what) {
    const auto packet = encode(what);
    (void)send(socket, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  std::string directory_;
  std::vector<int> sockets_;
  Loop loop_;
  std::deque<Asked> waiting_;
  std::unordered_map<int, Running> running_;  ///< by `exit_fd`; references stay valid
};

[[noreturn]] void become_helper(const std::string& directory, std::vector<int> sockets,
                                pid_t worker, bool is_sandboxed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != worker) _exit(1);
  if (is_sandboxed) {
    if (const auto closed = close_sandbox(Programs::allowed); !closed) {
      log_error("external checks cannot be run", {{"error", closed.error().detail}});
      _exit(1);
    }
  }
  try {
    Helper helper{directory, std::move(sockets)};
    helper.run();
  } catch (const std::exception& e) {
    log_error("the helper for external checks ended", {{"error", e.what()}});
    _exit(1);
  }
  _exit(0);
}

}  // namespace

Result<std::vector<int>> fork_check_helper(const std::string& directory, unsigned threads,
                                           bool is_sandboxed) {
  std::vector<int> ours, theirs;
  const auto close_all = [](const std::vector<int>& fds) {
    for (const int fd : fds) close(fd);
  };
  for (unsigned i = 0; i < threads; ++i) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) break;
    ours.push_back(ends[0]);
    theirs.push_back(ends[1]);
  }
  const auto worker = getpid();
  const auto helper = ours.size() == threads ? fork() : -1;
  const int error = errno;
  if (helper == 0) {
    close_all(ours);
    become_helper(directory, std::move(theirs), worker, is_sandboxed);
  }
  close_all(theirs);
  if (helper > 0) return ours;
  close_all(ours);
  return fail(Errc::internal, std::string{"the helper for external checks cannot be started: "} +
                                  std::strerror(error));
}

}  // namespace webmon::executor
