/// Whether an element says of itself that it is not to be seen. Pure.
#pragma once

#include "lib/html/reference_collector.hpp"

namespace webmon::html {

/// `hidden`, an inline style of display:none or visibility:hidden, or a frame of 0 or 1 pixels.
Visibility visibility_of(const Token& token, TagId tag) noexcept;

}  // namespace webmon::html
