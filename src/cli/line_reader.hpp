/// Lines of a file or a pipe of any length, read piece by piece: what has not been asked for stays
/// where it is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"
#include "lib/loop/loop.hpp"

namespace webmon::cli {

struct NumberedLine {
  std::uint64_t number;  ///< from 1
  std::string text;      ///< without spaces around it
  bool is_too_long;      ///< then `text` is its beginning
};

/// Pieces in, lines out. Empty lines and those that begin with # are left out, but counted. Pure.
class LineSplitter {
 public:
  static constexpr std::size_t kMaxLine = 8'192;  ///< bytes; what is over it is dropped

  void feed(std::string_view piece);
  /// The last line may lack its line end.
  void end();
  /// Nothing: feed it.
  std::optional<NumberedLine> next();
  /// Lines that `next` has passed, those left out included.
  std::uint64_t passed() const noexcept { return passed_; }

 private:
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t passed_ = 0;
  bool is_skipping_ = false;  ///< within the rest of a line that is too long
  bool has_ended_ = false;
};

/// Reads a file at once when it is asked, a pipe or terminal only when the loop says that something
/// is there.
class LineReader {
 public:
  /// "-" is standard input. `loop` must outlive it. Errors: not_found.
  static Result<LineReader> open(const std::string& path, Loop& loop);
  LineReader(LineReader&& other) noexcept;
  LineReader& operator=(LineReader&&) = delete;
  ~LineReader();

  /// Nothing: there is none now. Then either `has_ended`, or `arrived` is called from the loop,
  /// once, when it is worth asking again. Errors: bad_input if the file cannot be read.
  Result<std::optional<NumberedLine>> next(const std::function<void()>& arrived);
  bool has_ended() const noexcept { return has_ended_; }
  std::uint64_t passed() const noexcept { return splitter_.passed(); }
  /// Lines in all if it is a file that does not grow, else 0. Reads it once.
  std::uint64_t count() const;

 private:
  LineReader(std::string name, int fd, Loop& loop);
  Result<void> read_piece();

  std::string name_;
  int fd_;
  Loop* loop_;
  bool is_slow_;  ///< may make us wait: a pipe, a socket, a terminal
  bool is_watched_ = false;
  bool has_ended_ = false;
  LineSplitter splitter_;
};

}  // namespace webmon::cli
