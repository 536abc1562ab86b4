#include "cli/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace webmon::cli {
namespace {

struct Prepared {
  std::vector<std::string> strings;
  std::vector<char*> argv;
  std::string fallback;  // redis-server is in /usr/bin, other servers only in root's PATH
  bool is_self;
  int in, out;
  pid_t parent;
};

// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const Prepared& p) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != p.parent) _exit(126);
  setpgid(0, 0);
  struct sigaction fresh {};
  fresh.sa_handler = SIG_DFL;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD})
    sigaction(number, &fresh, nullptr);
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGHUP);
  sigprocmask(SIG_SETMASK, &held, nullptr);
  dup2(p.in, STDIN_FILENO);
  if (p.out >= 0) {
    dup2(p.out, STDOUT_FILENO);
    dup2(p.out, STDERR_FILENO);
  }
  if (p.is_self) {
    execv("/proc/self/exe", p.argv.data());
  } else {
    execvp(p.argv[0], p.argv.data());
    execv(p.fallback.c_str(), p.argv.data());
  }
  _exit(127);
}

Prepared prepare(const SpawnOptions& options) {
  Prepared p{.strings = {options.name},
             .argv = {},
             .fallback = "/usr/sbin/" + options.name,
             .is_self = options.is_self,
             .in = open("/dev/null", O_RDONLY | O_CLOEXEC),
             .out = options.output,
             .parent = getpid()};
  p.strings.insert(p.strings.end(), options.args.begin(), options.args.end());
  for (auto& s : p.strings) p.argv.push_back(s.data());
  p.argv.push_back(nullptr);
  return p;
}

}  // namespace

std::string to_string(const Ended& ended) {
  if (ended.signal == 0) return fmt::format("exit code {}", ended.code);
  return fmt::format("signal {} ({})", ended.signal, strsignal(ended.signal));
}

Result<Child> Child::spawn(const SpawnOptions& options) {
  const auto prepared = prepare(options);
  const pid_t pid = fork();
  if (pid == 0) become(prepared);
  const int error = errno;
  if (prepared.in >= 0) close(prepared.in);
  if (pid < 0)
    return fail(Errc::internal, fmt::format("cannot start {}: {}", options.name, strerror(error)));
  const auto fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  Child child{pid, fd};
  if (fd < 0)
    return fail(Errc::internal,
                fmt::format("pidfd_open for {}: {}", options.name, strerror(errno)));
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)},
      fd_{std::exchange(other.fd_, -1)},
      ended_{std::exchange(other.ended_, std::nullopt)} {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  release();
  pid_ = std::exchange(other.pid_, -1);
  fd_ = std::exchange(other.fd_, -1);
  ended_ = std::exchange(other.ended_, std::nullopt);
  return *this;
}

Child::~Child() { release(); }

void Child::release() noexcept {
  if (pid_ > 0 && !ended()) {
    signal(SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (fd_ >= 0) close(fd_);
  pid_ = fd_ = -1;
}

void Child::signal(int number) const noexcept {
  if (pid_ > 0 && !ended_) kill(pid_, number);
}

std::optional<Ended> Child::ended() noexcept {
  if (ended_ || pid_ <= 0) return ended_;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  ended_ = WIFSIGNALED(status) ? Ended{.code = 0, .signal = WTERMSIG(status)}
                               : Ended{.code = WEXITSTATUS(status), .signal = 0};
  return ended_;
}

std::optional<Ended> Child::wait(milliseconds limit) noexcept {
  if (ended()) return ended_;
  pollfd entry{.fd = fd_, .events = POLLIN, .revents = 0};
  poll(&entry, 1, static_cast<int>(limit.count()));
  return ended();
}

}  // namespace webmon::cli
