/// Looks at the raw bytes of a request head before the HTTP parser does, and refuses whatever two
/// parsers could read in two ways (request smuggling). Stricter than RFC 9112 allows; pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace webmon::api {

struct HeadRefused {
  int status;        ///< 400, 414, 431, 501 or 505; the connection is closed after it
  std::string code;  ///< as in docs/api.md
  std::string detail;
};
struct HeadIncomplete {};
struct HeadComplete {
  std::size_t size;  ///< with the empty line
};

inline constexpr std::size_t kMaxTargetBytes = 8 * 1'024;
inline constexpr std::size_t kMaxHeaderLines = 100;

/// `bytes` is everything received since the last request; `limit` bounds the head.
/// Refuses: bare LF or CR, NUL and other controls, obs-fold, white space before a colon, no or
/// several Host, absolute-form targets, both Content-Length and Transfer-Encoding, several or
/// non-decimal Content-Lengths, transfer codings other than "chunked", versions other than HTTP/1.0
/// and HTTP/1.1.
std::variant<HeadIncomplete, HeadComplete, HeadRefused> check_head(std::string_view bytes,
                                                                   std::size_t limit);

}  // namespace webmon::api
