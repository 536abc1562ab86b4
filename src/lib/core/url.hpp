/// URLs that Webmon may fetch, normalised once; afterwards the type is trusted.
/// Parsed by libcurl's own URL API, so that what is checked is what is fetched (no parser
/// differential).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"

namespace webmon {

struct Url {
  std::string text;  ///< normalised: lower-case scheme and host, IDN as A-labels, no default port,
                     ///< no fragment
  std::string host;  ///< lower case, A-labels; IPv6 without brackets
  std::string target;      ///< path and query as sent in the request line, at least "/"
  std::uint16_t port = 0;  ///< the effective port, 1 to 65535
  bool is_https = false;

  bool operator==(const Url&) const = default;
};

/// Accepts http and https only. A missing scheme becomes http, as browsers once did, if
/// `guess_scheme`. Refuses: userinfo, control characters, spaces, backslash, empty host, zone ids,
/// port 0, over 2,048 bytes. Errors: bad_input, with what is wrong and what to write instead.
Result<Url> parse_url(std::string_view text, bool guess_scheme = false);

/// Resolves a Location header or a link against `base` (RFC 3986 §5). Errors: bad_input.
Result<Url> resolve_url(const Url& base, std::string_view reference);

/// scheme://host[:port], the origin of RFC 6454.
std::string origin_of(const Url& url);

}  // namespace webmon
