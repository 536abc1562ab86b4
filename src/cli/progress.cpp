#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

constexpr milliseconds kRedraw{100};
constexpr milliseconds kSample{250};
constexpr double kMemory = 5;  // seconds after which what was is forgotten to a third
constexpr std::size_t kBar = 30;
constexpr std::size_t kLeastBar = 8;

std::string rate(double per_second) {
  if (per_second <= 0) return {};
  return fmt::format(fmt::runtime(per_second < 10 ? "  {:.1f}/s" : "  {:.0f}/s"), per_second);
}

}  // namespace

void Pace::sample(std::uint64_t count, MonoTime now) noexcept {
  if (!has_begun_) {
    has_begun_ = true;
    last_ = now;
    count_ = count;
    return;
  }
  if (now - last_ < kSample) return;
  const double passed = std::chrono::duration<double>(now - last_).count();
  const double newest = static_cast<double>(count - std::min(count, count_)) / passed;
  const double old_share = per_second_ == 0 ? 0 : std::exp(-passed / kMemory);
  per_second_ = old_share * per_second_ + (1 - old_share) * newest;
  last_ = now;
  count_ = std::max(count, count_);
}

std::string bar(std::uint64_t done, std::uint64_t total, std::size_t width) {
  const auto filled = total == 0 ? 0 : std::min(done, total) * width / total;
  return std::string(filled, '#') + std::string(width - filled, '.');
}

std::string time_left(seconds left) {
  const auto s = left.count();
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

std::string progress_line(std::uint64_t done, std::uint64_t total, double per_second,
                          const std::string& what, std::size_t width) {
  if (total == 0) return clip(fmt::format("{} {}{}", done, what, rate(per_second)), width);
  done = std::min(done, total);
  auto text =
      fmt::format("{:3} % {}/{} {}{}", done * 100 / total, done, total, what, rate(per_second));
  if (per_second > 0 && done < total)
    text += "  " +
            time_left(seconds{static_cast<std::int64_t>(
                std::ceil(static_cast<double>(total - done) / per_second))}) +
            " left";
  if (columns(text) + kLeastBar + 3 > width) return clip(text, width);
  return fmt::format("[{}] {}", bar(done, total, std::min(kBar, width - columns(text) - 3)), text);
}

Progress::Progress(std::string what)
    : what_{std::move(what)}, is_terminal_{is_terminal(STDERR_FILENO)} {}

void Progress::show(std::uint64_t done, std::uint64_t total) {
  if (!is_terminal_) return;
  const auto now = system_clock().mono();
  pace_.sample(done, now);
  if (is_drawn_ && now < next_ && (total == 0 || done < total)) return;
  next_ = now + kRedraw;
  is_drawn_ = true;
  const auto width = columns_of(STDERR_FILENO);
  const auto line = "\r\x1b[K" + progress_line(done, total, pace_.per_second(), what_,
                                               width == 0 ? 79 : width - 1);
  std::fputs(line.c_str(), stderr);
}

void Progress::clear() {
  if (is_drawn_) std::fputs("\r\x1b[K", stderr);
  is_drawn_ = false;
}

void Progress::finish() {
  if (is_drawn_) std::fputc('\n', stderr);
  is_drawn_ = false;
}

}  // namespace webmon::cli
