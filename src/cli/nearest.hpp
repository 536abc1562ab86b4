/// What somebody may have meant: the nearest of the words there are. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace webmon::cli {

/// The word with the fewest typing mistakes (a letter too many, missing, wrong, or two exchanged)
/// between it and `text`; nothing if none is near enough to be a guess.
std::optional<std::string> nearest(std::string_view text, std::span<const std::string> words);

/// "; did you mean WORD?", or "".
std::string did_you_mean(std::string_view text, std::span<const std::string> words);

}  // namespace webmon::cli
