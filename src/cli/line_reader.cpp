#include "cli/line_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

std::string_view trimmed(std::string_view line) {
  const auto from = line.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return line.substr(from, line.find_last_not_of(" \t\r") - from + 1);
}

ssize_t read_some(int fd, char* to, std::size_t size) {
  ssize_t got = 0;
  do {
    got = read(fd, to, size);
  } while (got < 0 && errno == EINTR);
  return got;
}

}  // namespace

void LineSplitter::feed(std::string_view piece) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_ += piece;
}

void LineSplitter::end() { has_ended_ = true; }

std::optional<NumberedLine> LineSplitter::next() {
  while (true) {
    const auto rest = std::string_view{buffer_}.substr(at_);
    const auto end = rest.find('\n');
    const bool is_whole = end != std::string_view::npos;
    const bool is_last = !is_whole && has_ended_;
    const bool is_too_long = std::min(end, rest.size()) > kMaxLine;
    if (!is_whole && !is_too_long && (!is_last || (rest.empty() && !is_skipping_)))
      return std::nullopt;
    const bool was_told = std::exchange(is_skipping_, !is_whole && !is_last);
    at_ += is_whole ? end + 1 : rest.size();
    if (is_skipping_) {
      if (was_told) return std::nullopt;  // still within a line that was told already
    } else {
      ++passed_;
    }
    if (was_told) continue;
    const auto line = trimmed(rest.substr(0, std::min({end, rest.size(), kMaxLine})));
    if (line.empty() || line.front() == '#') continue;
    return NumberedLine{passed_ + (is_skipping_ ? 1 : 0), std::string{line}, is_too_long};
  }
}

Result<LineReader> LineReader::open(const std::string& path, Loop& loop) {
  if (path == "-") return LineReader{"standard input", dup(STDIN_FILENO), loop};
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(Errc::not_found, fmt::format("cannot read {}: {}", path, strerror(errno)));
  return LineReader{path, fd, loop};
}

LineReader::LineReader(std::string name, int fd, Loop& loop)
    : name_{std::move(name)}, fd_{fd}, loop_{&loop} {
  struct stat status {};
  is_slow_ = fstat(fd_, &status) == 0 &&
             (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || is_terminal(fd_));
}

LineReader::LineReader(LineReader&& other) noexcept
    : name_{std::move(other.name_)},
      fd_{std::exchange(other.fd_, -1)},
      loop_{other.loop_},
      is_slow_{other.is_slow_},
      is_watched_{std::exchange(other.is_watched_, false)},
      has_ended_{other.has_ended_},
      splitter_{std::move(other.splitter_)} {}

LineReader::~LineReader() {
  if (is_watched_) loop_->unwatch(fd_);
  if (fd_ >= 0) close(fd_);
}

Result<void> LineReader::read_piece() {
  std::vector<char> piece(kPiece);
  const auto got = read_some(fd_, piece.data(), piece.size());
  if (got < 0)
    return fail(Errc::bad_input, fmt::format("cannot read {}: {}", name_, strerror(errno)));
  if (got == 0) {
    has_ended_ = true;
    splitter_.end();
  }
  splitter_.feed({piece.data(), static_cast<std::size_t>(got)});
  return {};
}

Result<std::optional<NumberedLine>> LineReader::next(const std::function<void()>& arrived) {
  while (true) {
    if (auto line = splitter_.next()) return line;
    if (has_ended_ || is_watched_) return std::nullopt;
    if (is_slow_) break;
    if (auto read = read_piece(); !read) return fail(read.error());
  }
  is_watched_ = true;
  loop_->watch(fd_, Loop::kRead, [this, arrived](unsigned) {
    loop_->unwatch(fd_);
    is_watched_ = false;
    if (!read_piece()) {  // a pipe that breaks has ended
      has_ended_ = true;
      splitter_.end();
    }
    arrived();
  });
  return std::nullopt;
}

std::uint64_t LineReader::count() const {
  if (is_slow_) return 0;
  std::uint64_t lines = 0;
  std::vector<char> piece(kPiece);
  off_t at = lseek(fd_, 0, SEEK_CUR);
  char last = '\n';
  for (ssize_t got = 0; at >= 0 && (got = pread(fd_, piece.data(), piece.size(), at)) > 0;
       at += got) {
    lines += static_cast<std::uint64_t>(std::count(piece.data(), piece.data() + got, '\n'));
    last = piece[static_cast<std::size_t>(got) - 1];
  }
  return lines + (last == '\n' ? 0 : 1);
}

}  // namespace webmon::cli
