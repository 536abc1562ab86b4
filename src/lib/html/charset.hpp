/// Bytes of a page to UTF-8: finds the character encoding and converts. Pure. Never fails: what
/// does not decode becomes U+FFFD, one parse error each, so that nobody can end a page early with
/// one bad byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace webmon::html {

/// Text that is valid UTF-8 without NUL.
struct Decoded {
  std::string storage;       ///< empty if `body` could be used as it is
  std::string_view text;     ///< into `storage` or the caller's `body`
  std::uint32_t errors = 0;  ///< bytes that did not decode, and NULs
  Decoded() = default;
  Decoded(const Decoded&) = delete;  // `text` may point into `storage`
  Decoded& operator=(const Decoded&) = delete;
};

/// The first of these that says something decides: byte order mark (WHATWG Encoding §4.2),
/// `charset=` of the Content-Type, whether all of `body` is UTF-8 (which text in another encoding
/// hardly ever is), `charset=` in the first 4,096 bytes (where a <meta> says it), else
/// windows-1252. Names nobody knows say nothing.
void decode(std::string_view body, std::string_view content_type, Decoded& out);

/// True for well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text) noexcept;

/// `text` with U+FFFD for each byte that is not UTF-8, and for NUL.
std::string to_valid_utf8(std::string_view text);

}  // namespace webmon::html
