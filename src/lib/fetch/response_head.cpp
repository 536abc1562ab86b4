#include "lib/fetch/response_head.hpp"

#include <algorithm>
#include <charconv>

namespace webmon::fetch {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

ResponseHead::Verdict ResponseHead::feed(std::string_view line) {
  bytes_ += line.size();
  ++lines_;
  if (bytes_ > max_bytes_ || lines_ > max_lines_) {
    is_over_limit_ = true;
    return Verdict::over_limit;
  }
  if (line.ends_with('\n') && !line.ends_with("\r\n")) warn("bare_lf");
  const auto text = without_line_end(line);
  if (!is_complete_ && text.starts_with("HTTP/")) {
    read_status_line(text);
    return status_ == 101 ? Verdict::protocol : Verdict::ok;
  }
  if (text.empty()) {
    is_complete_ = status_ >= 200;
    return Verdict::ok;
  }
  if (!is_complete_) read_field(text);  // trailers are counted, not kept
  return Verdict::ok;
}

void ResponseHead::read_status_line(std::string_view line) {
  headers_.clear();
  content_length_ = -1;
  has_transfer_encoding_ = false;
  status_ = 0;
  line.remove_prefix(5);
  const auto space = line.find(' ');
  version_ = std::string{line.substr(0, space)};
  if (space == std::string_view::npos) return;
  const auto digits = line.substr(space + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), status_);
}

void ResponseHead::read_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {  // obs-fold, RFC 9112 §5.2
    warn("folded_header");
    if (!headers_.empty()) headers_.back().second.append(" ").append(trim(line));
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  auto name = lower(trim(line.substr(0, colon)));
  const auto value = trim(line.substr(colon + 1));
  note_framing(name, value);
  headers_.emplace_back(std::move(name), std::string{value});
}

void ResponseHead::note_framing(std::string_view name, std::string_view value) {
  if (name == "transfer-encoding") has_transfer_encoding_ = true;
  if (name == "content-length") {
    std::int64_t length = -1;
    std::from_chars(value.data(), value.data() + value.size(), length);
    const bool is_second = std::any_of(headers_.begin(), headers_.end(),
                                       [](const auto& h) { return h.first == "content-length"; });
    if (is_second && length != content_length_) warn("ambiguous_length");
    content_length_ = length;
  }
  if (has_transfer_encoding_ && content_length_ >= 0) warn("length_and_chunked");
}

void ResponseHead::warn(std::string_view code) {
  if (std::find(warnings_.begin(), warnings_.end(), code) == warnings_.end()) {
    warnings_.emplace_back(code);
  }
}

}  // namespace webmon::fetch
