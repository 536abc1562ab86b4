/// Which character encoding the bytes of a page are in, as far as it can be told without reading
/// HTML. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace webmon::html {

struct Charset {
  std::string name;          ///< lower case, [a-z0-9._:-], at most 40 bytes; empty: not known
  std::size_t bom_size = 0;  ///< bytes to skip
};

/// The byte order mark decides, then `charset=` of the Content-Type. Source: WHATWG Encoding §4.2
/// "BOM sniff".
Charset detect_charset(std::string_view body, std::string_view content_type);

/// Encodings in which a NUL byte is half a character.
bool is_wide(std::string_view charset) noexcept;

}  // namespace webmon::html
