#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

constexpr milliseconds kRedraw{50};
constexpr seconds kLine{3};
constexpr std::size_t kBar = 30;

}  // namespace

std::string progress_bar(std::uint64_t done, std::uint64_t total, const std::string& what,
                         std::size_t width) {
  done = std::min(done, total);
  const auto filled = total == 0 ? 0 : done * width / total;
  const auto percent = total == 0 ? 0 : done * 100 / total;
  return fmt::format("[{}{}] {:3} % {} {}/{}", std::string(filled, '#'),
                     std::string(width - filled, '.'), percent, what, done, total);
}

Progress::Progress(std::string what)
    : what_{std::move(what)}, is_terminal_{is_terminal(STDERR_FILENO)} {}

void Progress::show(std::uint64_t done, std::uint64_t total) {
  const auto now = system_clock().mono();
  if (is_drawn_ && now < next_ && done < total) return;
  if (is_drawn_ && done == last_ && !is_terminal_ && now < next_) return;
  next_ = now + (is_terminal_ ? nanoseconds{kRedraw} : nanoseconds{kLine});
  last_ = done;
  is_drawn_ = true;
  const auto line = is_terminal_ ? "\r\x1b[K" + progress_bar(done, total, what_, kBar)
                                 : fmt::format("{} {}/{}\n", what_, done, total);
  std::fputs(line.c_str(), stderr);
}

void Progress::finish() {
  if (is_drawn_ && is_terminal_) std::fputc('\n', stderr);
  is_drawn_ = false;
}

}  // namespace webmon::cli
