/// The 2,231 named character references of WHATWG HTML §13.5. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace webmon::html {

struct NamedCharRef {
  std::string_view name;  ///< without '&'; with ';' where it is part of the name
  char32_t first;
  char32_t second;  ///< 0 if it stands for one code point
};

struct NamedMatch {
  const NamedCharRef* longest = nullptr;  ///< null: none
  bool is_open = false;                   ///< with more text a longer one may match
};

/// The longest name that `text` (after '&') begins with. O(length of the name).
NamedMatch match_named(std::string_view text) noexcept;

}  // namespace webmon::html
