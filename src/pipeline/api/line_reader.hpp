/// Lines out of a stream that arrives in parts: for NDJSON. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webmon::api {

class LineReader {
 public:
  /// A line is at most `longest` bytes, without its end.
  explicit LineReader(std::size_t longest) : longest_{longest} {}

  /// To be called when next() has nothing more to give; so no more than one line and one part are
  /// held.
  void feed(std::string_view bytes);
  /// Nothing follows: what stands behind the last line feed is a line too.
  void end() { has_ended_ = true; }

  struct Line {
    std::uint64_t number = 0;  ///< from 1; blank lines count
    bool is_too_long = false;  ///< `text` is empty then
    std::string_view text;     ///< without its LF or CRLF; until the next call of any kind
  };
  /// The next line that is not blank, or nothing until more is fed.
  std::optional<Line> next();

 private:
  std::optional<Line> take(std::size_t size, std::size_t skipped);

  std::size_t longest_;
  std::string buffer_;
  std::size_t begin_ = 0;     ///< of the current line in `buffer_`
  std::size_t searched_ = 0;  ///< up to here there is no line feed
  std::uint64_t number_ = 0;  ///< of the last line
  bool is_cut_ = false;       ///< the beginning of the current line was too long to be kept
  bool has_ended_ = false;
};

}  // namespace webmon::api
