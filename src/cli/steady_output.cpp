#include "cli/steady_output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace webmon::cli {

bool SteadyOutput::write(std::string_view text, const std::function<bool()>& gives_up) {
  constexpr int kAskEveryMs = 100;
  while (!text.empty() && !is_closed_) {
    pollfd entry{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (poll(&entry, 1, kAskEveryMs) == 0 || entry.revents == 0) {
      if (gives_up()) return false;
      continue;
    }
    // A pipe that poll calls writable takes PIPE_BUF bytes without blocking (pipe(7)).
    const auto wrote = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (wrote > 0)
      text.remove_prefix(static_cast<std::size_t>(wrote));
    else if (errno != EINTR && errno != EAGAIN)
      is_closed_ = true;
  }
  return !is_closed_;
}

}  // namespace webmon::cli
