#include "pipeline/executor/external_check.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace webmon::executor {
namespace {

constexpr int kCannotExecute = 126;  // as shells say it; Nagios takes it for "not executable"

void limit(__rlimit_resource_t what, rlim_t most) {
  rlimit now{};
  if (getrlimit(what, &now) != 0) return;
  const auto value = now.rlim_max == RLIM_INFINITY ? most : std::min<rlim_t>(most, now.rlim_max);
  const rlimit wanted{value, value};
  setrlimit(what, &wanted);
}

/// Only calls that are safe after fork.
[[noreturn]] void become_check(const char* path, char* const* arguments, int output) {
  static const char* const kEnvironment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C",
                                             "HOME=/nonexistent", nullptr};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setsid();
  const int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(null, STDERR_FILENO);
  close_range(STDERR_FILENO + 1, ~0U, 0);
  limit(RLIMIT_AS, kCheckMemory);
  limit(RLIMIT_FSIZE, kCheckFile);
  limit(RLIMIT_NOFILE, kCheckFiles);
  limit(RLIMIT_CORE, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (chdir("/") == 0) execve(path, arguments, const_cast<char* const*>(kEnvironment));
  _exit(kCannotExecute);
}

tl::unexpected<Error> fail_errno(std::string_view what) {
  return fail(Errc::internal, std::string{what} + ": " + std::strerror(errno));
}

}  // namespace

Result<StartedCheck> start_check(const std::string& directory,
                                 const std::vector<std::string>& command) {
  const auto path = directory + "/" + command.at(0);
  if (access(path.c_str(), X_OK) != 0)
    return fail(Errc::not_found, "no program " + command[0] + " in " + directory);
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  StartedCheck started;
  started.pid = fork();
  if (started.pid == 0) become_check(path.c_str(), arguments.data(), ends[1]);
  close(ends[1]);
  started.output_fd = ends[0];
  if (started.pid > 0) {
    fcntl(started.output_fd, F_SETFL, O_NONBLOCK);
    started.exit_fd = static_cast<int>(syscall(SYS_pidfd_open, started.pid, 0));
    if (started.exit_fd >= 0) return started;
    kill(started.pid, SIGKILL);
  }
  const auto failed = fail_errno("cannot start a process");
  close(started.output_fd);
  return failed;
}

}  // namespace webmon::executor
