#include "pipeline/executor/sandbox.hpp"

#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <string>

namespace webmon::executor {
namespace {

#ifdef WEBMON_SANITIZED
constexpr bool kIsSanitized = true;
#else
constexpr bool kIsSanitized = false;
#endif

tl::unexpected<Error> fail_errno(std::string_view what, int error) {
  return fail(Errc::internal, std::string{what} + ": " + std::strerror(error));
}

/// Never above the hard limit that is there already.
bool limit(__rlimit_resource_t what, rlim_t most) {
  rlimit now{};
  if (getrlimit(what, &now) != 0) return false;
  const auto value = std::min(most, now.rlim_max);
  const rlimit wanted{value, value};
  return setrlimit(what, &wanted) == 0;
}

// Names, not numbers: some exist only on some architectures, and libseccomp knows which.
constexpr const char* kPrograms[] = {"execve", "execveat"};
constexpr const char* kDenied[] = {"ptrace",
                                   "process_vm_readv",
                                   "process_vm_writev",
                                   "kcmp",
                                   "bpf",
                                   "perf_event_open",
                                   "userfaultfd",
                                   "mount",
                                   "umount2",
                                   "move_mount",
                                   "fsopen",
                                   "open_tree",
                                   "pivot_root",
                                   "chroot",
                                   "setns",
                                   "unshare",
                                   "init_module",
                                   "finit_module",
                                   "delete_module",
                                   "kexec_load",
                                   "kexec_file_load",
                                   "reboot",
                                   "swapon",
                                   "swapoff",
                                   "acct",
                                   "quotactl",
                                   "add_key",
                                   "request_key",
                                   "keyctl",
                                   "open_by_handle_at",
                                   "io_uring_setup",
                                   "io_uring_enter",
                                   "io_uring_register",
                                   "settimeofday",
                                   "clock_settime",
                                   "clock_adjtime",
                                   "sethostname",
                                   "setdomainname",
                                   "iopl",
                                   "ioperm",
                                   "modify_ldt",
                                   "personality",
                                   "setuid",
                                   "setgid",
                                   "setreuid",
                                   "setregid",
                                   "setresuid",
                                   "setresgid",
                                   "pidfd_getfd",
                                   "syslog"};

// AF_NETLINK is what the resolver and getifaddrs read routes with.
constexpr int kFamilies[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

int deny_families(scmp_filter_ctx filter) {
  const int call = seccomp_syscall_resolve_name("socket");
  for (int family = 0; family < AF_MAX; ++family) {
    if (std::ranges::find(kFamilies, family) != std::end(kFamilies)) continue;
    const auto value = static_cast<scmp_datum_t>(family);
    const int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), call, 1,
                                    SCMP_A0(SCMP_CMP_EQ, value));
    if (rc != 0) return rc;
  }
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), call, 1,
                          SCMP_A0(SCMP_CMP_GE, static_cast<scmp_datum_t>(AF_MAX)));
}

int deny_calls(scmp_filter_ctx filter, std::span<const char* const> names) {
  for (const auto* name : names) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) continue;
    const int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);
    if (rc != 0) return rc;
  }
  return 0;
}

struct ReleaseFilter {
  void operator()(void* filter) const noexcept { seccomp_release(filter); }
};

}  // namespace

Result<void> limit_process(const ExecutorConfig& config) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail_errno("PR_SET_PDEATHSIG", errno);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("PR_SET_NO_NEW_PRIVS", errno);
  if (!limit(RLIMIT_CORE, 0)) return fail_errno("RLIMIT_CORE", errno);
  if (!limit(RLIMIT_NOFILE, config.max_files)) return fail_errno("RLIMIT_NOFILE", errno);
  if (kIsSanitized || config.memory_per_thread == 0) return {};
  const auto memory = config.memory_per_thread * (std::uint64_t{thread_count(config)} + 1);
  if (!limit(RLIMIT_AS, memory)) return fail_errno("RLIMIT_AS", errno);
  return {};
}

Result<void> close_sandbox(Programs programs) {
  const std::unique_ptr<void, ReleaseFilter> filter{seccomp_init(SCMP_ACT_ALLOW)};
  if (!filter) return fail(Errc::internal, "seccomp: no memory");
  int rc = deny_calls(filter.get(), kDenied);
  if (rc == 0 && programs == Programs::denied) rc = deny_calls(filter.get(), kPrograms);
  if (rc == 0) rc = deny_families(filter.get());
  if (rc == 0) rc = seccomp_load(filter.get());
  if (rc != 0) return fail_errno("seccomp", -rc);
  return {};
}

}  // namespace webmon::executor
