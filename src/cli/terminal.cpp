#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "cli/environment.hpp"
#include "cli/exit_code.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

ColourMode colour_mode = ColourMode::automatic;

// Our own texts have line ends; those of others were escaped before they became part of them.
std::string printable_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += printable(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

bool is_terminal(int fd) noexcept { return isatty(fd) == 1; }

bool is_terminal_gone() noexcept {
  termios ignored{};
  return tcgetattr(STDIN_FILENO, &ignored) != 0 && errno == EIO;
}

std::size_t columns_of(int fd) noexcept {
  winsize size{};
  if (!is_terminal(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col >= 40 ? size.ws_col : 0;
}

std::size_t terminal_width() noexcept { return columns_of(STDOUT_FILENO); }

void set_colour_mode(ColourMode mode) noexcept { colour_mode = mode; }

bool is_coloured(int fd) {
  const bool is_capable = is_terminal(fd) && environment("TERM").value_or("dumb") != "dumb";
  return wants_colour(colour_mode, is_capable, environment("NO_COLOR").has_value());
}

Look terminal_look() {
  // POSIX.1-2017 XBD 8.2: the first that is set and not empty.
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (locale.empty()) locale = environment(name).value_or("");
  return {terminal_width(), is_coloured(STDOUT_FILENO), names_utf8(locale)};
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void complain(std::string_view message) {
  const auto line = "webmon: " + printable_lines(message);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

int failed(const Error& error) {
  complain(error.detail.empty() ? to_string(error.code) : error.detail);
  return kFailed;
}

void remark(std::string_view message) {
  const auto lines = printable_lines(message);
  std::fwrite(lines.data(), 1, lines.size(), stderr);
}

}  // namespace webmon::cli
