/// `content` of <meta http-equiv=refresh>. Pure.
#pragma once

#include <string_view>

#include "lib/core/page_features.hpp"

namespace webmon::html {

/// Source: WHATWG HTML §4.2.5.3 "shared declarative refresh steps". `is_present` is false if it is
/// none; `url` is a view into `content`.
MetaRefresh parse_meta_refresh(std::string_view content) noexcept;

}  // namespace webmon::html
