#include "pipeline/executor/signals.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace webmon::executor {
namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals(std::initializer_list<int> signals) {
  const auto set = set_of(signals);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void hold_only(int signal) noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_SETMASK, &set, nullptr);
}

Signals::Signals(Loop& loop, std::initializer_list<int> signals,
                 std::function<void(int signal)> callback)
    : loop_{loop} {
  block_signals(signals);
  const auto set = set_of(signals);
  fd_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "signalfd"};
  loop_.watch(fd_, Loop::kRead, [fd = fd_, callback = std::move(callback)](unsigned) {
    signalfd_siginfo info{};
    while (read(fd, &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      callback(static_cast<int>(info.ssi_signo));
  });
}

Signals::~Signals() {
  loop_.unwatch(fd_);
  close(fd_);
}

}  // namespace webmon::executor
