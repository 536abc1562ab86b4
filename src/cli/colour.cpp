#include "cli/colour.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace webmon::cli {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;
constexpr std::string_view kGreen = "32", kYellow = "33", kRed = "1;31", kMagenta = "35",
                           kCyan = "36", kFaint = "2";
constexpr std::array kColours{
    Entry{"up", kGreen},        Entry{"ok", kGreen},      Entry{"done", kGreen},
    Entry{"degraded", kYellow}, Entry{"warn", kYellow},   Entry{"changed", kMagenta},
    Entry{"error", kMagenta},   Entry{"down", kRed},      Entry{"crit", kRed},
    Entry{"dead", kRed},        Entry{"fail", kRed},      Entry{"inconclusive", kCyan},
    Entry{"leased", kCyan},     Entry{"paused", kFaint},  Entry{"maintenance", kFaint},
    Entry{"unknown", kFaint},   Entry{"skipped", kFaint}, Entry{"cancelled", kFaint},
};

}  // namespace

bool wants_colour(ColourMode mode, bool is_terminal, bool no_color) noexcept {
  if (mode == ColourMode::automatic) return is_terminal && !no_color;
  return mode == ColourMode::always;
}

std::string_view colour_of(std::string_view word) noexcept {
  const auto* found = std::ranges::find(kColours, word, &Entry::first);
  return found == kColours.end() ? std::string_view{} : found->second;
}

std::string painted(std::string_view text, std::string_view word) {
  const auto colour = colour_of(word);
  return colour.empty() ? std::string{text} : fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
}

}  // namespace webmon::cli
