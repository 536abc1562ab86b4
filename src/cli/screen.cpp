#include "cli/screen.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/terminal.hpp"

namespace webmon::cli {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // other screen, no cursor
constexpr std::string_view kLeave = "\x1b[0m\x1b[?25h\x1b[?1049l";
constexpr std::array kCrashes{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

termios settings_before{};
bool is_entered = false;

// Only what a signal handler may call.
void leave() noexcept {
  if (!is_entered) return;
  is_entered = false;
  [[maybe_unused]] const auto wrote = write(STDOUT_FILENO, kLeave.data(), kLeave.size());
  tcsetattr(STDIN_FILENO, TCSADRAIN, &settings_before);
}

extern "C" void on_crash(int number) {
  leave();
  raise(number);  // SA_RESETHAND: this time it does what it did before
}

winsize size_now() noexcept {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  return size;
}

}  // namespace

Screen::Screen() {
  tcgetattr(STDIN_FILENO, &settings_before);
  auto raw = settings_before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;  // Ctrl-Z would leave the shell on our screen
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  is_entered = true;
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int number : kCrashes) sigaction(number, &action, nullptr);
  print(kEnter);
}

Screen::~Screen() {
  leave();
  for (const int number : kCrashes) signal(number, SIG_DFL);
}

std::size_t Screen::width() const noexcept { return size_now().ws_col; }
std::size_t Screen::height() const noexcept { return size_now().ws_row; }

void Screen::draw(const std::vector<std::string>& lines) {
  std::string out = "\x1b[H";
  for (const auto& line : lines) {
    if (&line != &lines.front()) out += "\r\n";
    out += line + "\x1b[K";
  }
  print(out + "\x1b[J");
}

std::vector<Screen::Key> Screen::keys() {
  std::array<char, 64> bytes{};
  const auto got = read(STDIN_FILENO, bytes.data(), bytes.size());
  std::string_view rest{bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  std::vector<Key> keys;
  while (!rest.empty()) {
    const bool is_arrow = rest.starts_with("\x1b[") || rest.starts_with("\x1bO");
    const char last = rest[is_arrow && rest.size() > 2 ? 2 : 0];
    Key key = Key::other;
    if (is_arrow && last == 'A') key = Key::up;
    if (is_arrow && last == 'B') key = Key::down;
    if (!is_arrow && (last == 'q' || last == 'Q')) key = Key::quit;
    if (!is_arrow && (last == 'p' || last == ' ')) key = Key::pause;
    if (!is_arrow && last == 'k') key = Key::up;
    if (!is_arrow && last == 'j') key = Key::down;
    keys.push_back(key);
    rest.remove_prefix(is_arrow ? std::min<std::size_t>(3, rest.size()) : 1);
  }
  return keys;
}

}  // namespace webmon::cli
