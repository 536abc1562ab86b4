/// Bytes of a page to UTF-8: finds the character encoding and converts. Pure. Never fails: what
/// does not decode becomes U+FFFD, one error each, so that nobody can end a page early with one bad
/// byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace webmon::html {

/// Text that is valid UTF-8.
struct Decoded {
  std::string storage;        ///< empty if `body` could be used as it is
  std::string_view text;      ///< into `storage` or the caller's `body`
  std::string_view encoding;  ///< WHATWG's name, in lower case; lives for ever
  std::uint32_t errors = 0;   ///< bytes that did not decode
  Decoded() = default;
  Decoded(const Decoded&) = delete;  // `text` may point into `storage`
  Decoded& operator=(const Decoded&) = delete;
};

/// The first of these that says something decides, as in browsers (WHATWG HTML §13.2.3.2): byte
/// order mark, `charset=` of the Content-Type, a <meta> in the first 1,024 bytes. Then, where a
/// browser would guess by its user's language: whether all of `body` is UTF-8, which text in
/// another encoding hardly ever is; what uchardet makes of it, if there are 16 bytes to judge by;
/// else windows-1252. Names nobody knows say nothing.
void decode(std::string_view body, std::string_view content_type, Decoded& out);

/// What the <meta>s of the first 1,024 bytes of `body` say, or empty: a label, not yet looked up.
std::string prescan(std::string_view body);

/// True for well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text) noexcept;

/// `text` with U+FFFD for each byte that is not UTF-8, and for NUL.
std::string to_valid_utf8(std::string_view text);

/// Appends `text` to `out`, U+FFFD for each byte that is not UTF-8. Returns how many these were.
std::uint32_t append_valid_utf8(std::string_view text, std::string& out);

}  // namespace webmon::html
