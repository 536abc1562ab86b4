/// Server-sent events out of the lines of a stream (WHATWG HTML, 9.2.6). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webmon::cli {

struct SseEvent {
  std::string type;  ///< "message" if none was said
  std::string data;
};

class SseReader {
 public:
  /// A line without its end. The event that an empty line completes, if it has data.
  std::optional<SseEvent> feed(std::string_view line);
  /// The last id that came: where a client that connects again goes on.
  const std::string& last_id() const noexcept { return last_id_; }

 private:
  std::string type_, data_, last_id_;
  bool has_data_ = false;
};

}  // namespace webmon::cli
