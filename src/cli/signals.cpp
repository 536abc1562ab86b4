#include "cli/signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

std::array<int, 2> pipe_fds{-1, -1};
std::atomic<bool> has_arrived{false};

extern "C" void on_stop_signal(int number) {
  const int saved = errno;
  has_arrived = true;
  const auto byte = static_cast<char>(number);
  [[maybe_unused]] const auto written = write(pipe_fds[1], &byte, 1);  // a full pipe says the same
  errno = saved;
}

void set_handlers(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

}  // namespace

void release_hangups() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

StopSignals::StopSignals() {
  if (pipe2(pipe_fds.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::system_error{errno, std::generic_category(), "pipe"};
  has_arrived = false;
  signal(SIGPIPE, SIG_IGN);
  set_handlers(on_stop_signal);
}

StopSignals::~StopSignals() {
  detach();
  set_handlers(SIG_DFL);
  signal(SIGPIPE, SIG_DFL);
  for (auto& fd : pipe_fds) close(std::exchange(fd, -1));
}

void StopSignals::attach(Loop& loop, std::function<void()> stop, std::function<void()> reload) {
  detach();
  release_hangups();
  loop_ = &loop;
  loop.watch(pipe_fds[0], Loop::kRead,
             [stop = std::move(stop), reload = std::move(reload)](unsigned) {
               char number = 0;
               while (read(pipe_fds[0], &number, 1) > 0) {
                 if (number == SIGHUP && reload && !is_terminal_gone())
                   reload();
                 else
                   stop();
               }
             });
}

void StopSignals::detach() {
  if (loop_ != nullptr) loop_->unwatch(pipe_fds[0]);
  loop_ = nullptr;
}

bool StopSignals::is_set() const noexcept { return has_arrived; }

bool StopSignals::wait(milliseconds limit) const noexcept {
  if (is_set()) return true;
  pollfd entry{.fd = pipe_fds[0], .events = POLLIN, .revents = 0};
  poll(&entry, 1, static_cast<int>(limit.count()));
  return is_set();
}

}  // namespace webmon::cli
