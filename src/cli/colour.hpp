/// Which words are coloured, how, and when. Pure; whether standard output is a terminal and what
/// the environment says, terminal.hpp knows.   Source: ECMA-48 SGR; no-color.org.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webmon::cli {

enum class ColourMode : std::uint8_t { automatic, always, never };

/// `no_color`: NO_COLOR is set and not empty. What the command line says outweighs it.
bool wants_colour(ColourMode mode, bool is_terminal, bool no_color) noexcept;

/// SGR parameters for a state of an asset, a report, a job or doctor's check, or a severity; empty
/// if the word has no colour.
std::string_view colour_of(std::string_view word) noexcept;

/// `text`, which must be printable, in the colour of `word`.
std::string painted(std::string_view text, std::string_view word);

/// What a rendering may use of the terminal.
struct Look {
  std::size_t width;  ///< columns; 0: as many as it takes
  bool has_colour;
  bool has_unicode;  ///< else what is drawn is ASCII
  Look(std::size_t w = 0, bool c = false, bool u = true) noexcept
      : width{w}, has_colour{c}, has_unicode{u} {}
};

}  // namespace webmon::cli
