#include "pipeline/executor/sandbox.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace webmon::executor {
namespace {

/// What `work` returns in a process of its own; -1 if that died.
int in_child(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int errno_of(const std::function<long()>& call) { return call() < 0 ? errno : 0; }

TEST(Sandbox, RefusesProgramsTracingAndStrangeSockets) {
  struct Case {
    const char* name;
    std::function<long()> call;
    int want;
  };
  const Case cases[] = {
      {"exec",
       [] {
         char name[] = "true";
         char* argv[] = {name, nullptr};
         return static_cast<long>(execv("/bin/true", argv));
       },
       EPERM},
      {"ptrace", [] { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }, EPERM},
      {"packet socket", [] { return static_cast<long>(socket(AF_PACKET, SOCK_RAW, 0)); },
       EAFNOSUPPORT},
      {"crypto socket", [] { return static_cast<long>(socket(AF_ALG, SOCK_SEQPACKET, 0)); },
       EAFNOSUPPORT},
      {"chroot", [] { return static_cast<long>(chroot("/")); }, EPERM},
      {"internet socket", [] { return static_cast<long>(socket(AF_INET6, SOCK_STREAM, 0)); }, 0},
      {"unix socket", [] { return static_cast<long>(socket(AF_UNIX, SOCK_STREAM, 0)); }, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const int got = in_child([&] { return close_sandbox() ? errno_of(c.call) : 255; });
    EXPECT_EQ(got, c.want);
  }
}

TEST(Sandbox, BoundsTheProcessAndTiesItToItsParent) {
  ExecutorConfig config;
  config.max_files = 128;
  const int failed_step = in_child([&] {
    if (!limit_process(config)) return 1;
    rlimit limit{};
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0) return 2;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur != 128) return 3;
    int death_signal = 0;
    if (prctl(PR_GET_PDEATHSIG, &death_signal) != 0 || death_signal != SIGKILL) return 4;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 5;
  });
  EXPECT_EQ(failed_step, 0);
}

}  // namespace
}  // namespace webmon::executor
