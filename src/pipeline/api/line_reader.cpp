#include "pipeline/api/line_reader.hpp"

#include <utility>

namespace webmon::api {

void LineReader::feed(std::string_view bytes) {
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  if (buffer_.size() > longest_ + 1) {  // one more: a CR does not count
    is_cut_ = true;
    buffer_.clear();
    searched_ = 0;
  }
  buffer_ += bytes;
}

std::optional<LineReader::Line> LineReader::next() {
  while (begin_ < buffer_.size()) {
    const auto end = buffer_.find('\n', searched_);
    const bool is_whole = end != buffer_.npos;
    searched_ = is_whole ? end : buffer_.size();
    if (!is_whole && !has_ended_) return std::nullopt;
    auto line = take(searched_ - begin_, is_whole ? 1 : 0);
    if (line) return line;
  }
  if (has_ended_ && is_cut_) return take(0, 0);
  return std::nullopt;
}

/// The line of `size` bytes at `begin_`, which is passed; nothing if it is blank.
std::optional<LineReader::Line> LineReader::take(std::size_t size, std::size_t skipped) {
  auto text = std::string_view{buffer_}.substr(begin_, size);
  begin_ += size + skipped;
  searched_ = begin_;
  ++number_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (std::exchange(is_cut_, false) || text.size() > longest_) return Line{number_, true, {}};
  if (text.find_first_not_of(" \t") == text.npos) return std::nullopt;
  return Line{number_, false, text};
}

}  // namespace webmon::api
