/// Whether an element says of itself that it is not to be seen. Pure.
#pragma once

#include "lib/html/reference_collector.hpp"

namespace webmon::html {

/// An inline style of display:none or visibility:hidden, or a frame of 0 or 1 pixels. The attribute
/// `hidden` is the caller's to see.
Visibility visibility_of(const Token& token, TagId tag, std::string_view style) noexcept;

}  // namespace webmon::html
