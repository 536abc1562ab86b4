/// The terminal as a whole: alternate screen, keys as they are pressed. Whatever ends the process
/// (return, exception, Ctrl-C, a crash), the terminal is as it was before; SIGKILL excepted. One
/// object per process.   Source: xterm ctlseqs; termios(3).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace webmon::cli {

class Screen {
 public:
  enum class Key : unsigned char { other, quit, pause, up, down };

  /// Standard input and output must be terminals.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  std::size_t width() const noexcept;
  std::size_t height() const noexcept;
  /// Replaces what is shown.
  void draw(const std::vector<std::string>& lines);
  /// Keys pressed since the last call. Call it when standard input is readable.
  std::vector<Key> keys();
};

}  // namespace webmon::cli
