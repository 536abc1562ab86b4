/// Finds the characters that WHATWG HTML §13.2.3.5 wants told: control characters and
/// noncharacters. Nothing is changed. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "lib/html/parse_error.hpp"

namespace webmon::html {

/// The first such character at or after `from`; its offset is one into `text`, which is UTF-8.
std::optional<ParseError> find_odd_character(std::string_view text, std::size_t from) noexcept;

}  // namespace webmon::html
