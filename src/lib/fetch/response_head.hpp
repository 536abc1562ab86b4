/// Reads a response head line by line, as libcurl hands it over, with bounds. Pure.
/// Interim (1xx) heads are dropped but count towards the bounds; so do trailers.
/// Source: RFC 9112 §2 to §6.   Threads: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/page.hpp"

namespace webmon::fetch {

class ResponseHead {
 public:
  enum class Verdict : std::uint8_t {
    ok,
    over_limit,  ///< more bytes or lines than allowed
    protocol     ///< switches protocols, which nobody asked for
  };

  ResponseHead(std::size_t max_bytes, std::size_t max_lines)
      : max_bytes_{max_bytes}, max_lines_{max_lines} {}

  /// `line` with its line end. After anything but ok the transfer must be aborted.
  Verdict feed(std::string_view line);

  int status() const noexcept { return status_; }
  const std::string& version() const noexcept { return version_; }  ///< "1.0", "1.1", "2", or empty
  Headers& headers() noexcept { return headers_; }
  std::size_t bytes() const noexcept { return bytes_; }
  /// The blank line after a final (not 1xx) status was seen.
  bool is_complete() const noexcept { return is_complete_; }
  bool is_over_limit() const noexcept { return is_over_limit_; }
  /// Announced body length; -1 if none or not a number.
  std::int64_t content_length() const noexcept { return content_length_; }
  /// "ambiguous_length", "length_and_chunked", "bare_lf", "folded_header"; each at most once.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  void read_status_line(std::string_view line);
  void read_field(std::string_view line);
  void note_framing(std::string_view name, std::string_view value);
  void warn(std::string_view code);

  std::size_t max_bytes_, max_lines_;
  std::size_t bytes_ = 0, lines_ = 0;
  int status_ = 0;
  std::string version_;
  Headers headers_;
  std::int64_t content_length_ = -1;
  bool has_transfer_encoding_ = false;
  bool is_complete_ = false;
  bool is_over_limit_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace webmon::fetch
