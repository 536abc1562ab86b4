/// Text for terminals. Titles, headers and URLs come from pages and are hostile: nothing reaches a
/// terminal but through `printable`. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace webmon::cli {

/// Valid UTF-8 without control, bidirectional and invisible format characters: those become \n, \t,
/// \xNN or \u{NNNN}, and so does each byte that is not UTF-8.
std::string printable(std::string_view text);

/// Columns that `text` (printable) takes on a terminal: 2 for East Asian wide characters and emoji,
/// 0 for combining marks.
std::size_t columns(std::string_view text) noexcept;

/// At most `width` columns; a text that is cut ends with "…".
std::string clip(std::string_view text, std::size_t width);

/// Lines of at most `width` columns, broken at spaces, within a word only where it is longer than a
/// line. Never empty.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// Whether a locale such as "de_DE.UTF-8" or "C.utf8@x" has UTF-8.
bool names_utf8(std::string_view locale);

/// "812 B", "34.1 KB", "2.3 MB" (units of 1000).
std::string human_bytes(double bytes);
/// Up to 4 significant digits, without an exponent where a person would not write one: "0.15",
/// "1,234"-free.
std::string human_number(double value);
/// The same with at most 3 significant digits: "112", "5130", "0.152".
std::string rough_number(double value);

}  // namespace webmon::cli
