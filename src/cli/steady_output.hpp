/// Standard output for long streams: waits for a slow reader, but not deaf to signals, and notices
/// when the reader has gone. SIGPIPE must be ignored (StopSignals does that).
#pragma once

#include <functional>
#include <string_view>

namespace webmon::cli {

class SteadyOutput {
 public:
  explicit SteadyOutput(int fd) : fd_{fd} {}
  /// Writes all of `text`, unless the reader goes away or, while it makes us wait, `gives_up` turns
  /// true (asked several times a second).
  /// False if some of it was not written; what was is not told.
  bool write(std::string_view text, const std::function<bool()>& gives_up);
  /// Nobody reads any more, or the disk is full. Nothing is written then.
  bool is_closed() const noexcept { return is_closed_; }

 private:
  int fd_;
  bool is_closed_ = false;
};

}  // namespace webmon::cli
