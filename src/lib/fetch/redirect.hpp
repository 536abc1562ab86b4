/// What the next request of a redirect is. Pure; the address policy is applied later, at each hop.
/// Source: RFC 9110 §15.4, Fetch Standard "HTTP-redirect fetch" for the method rules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/page.hpp"
#include "lib/core/result.hpp"
#include "lib/core/url.hpp"

namespace webmon::fetch {

/// What one hop asks for.
struct HopRequest {
  Url url;
  std::string method = "GET";
  Headers headers;
  std::string body;
};

/// 301, 302, 303, 307 and 308: the statuses that are followed.
bool is_redirect(int status) noexcept;

/// The request after `from` was answered with `status` and this Location header.
///   303, and 301 or 302 to a POST: the method becomes GET and the body is dropped; HEAD stays
///   HEAD. another origin: only headers that cannot carry a secret go along (accept,
///   accept-language, user-agent ...).
/// Errors: bad_input if the location is not an http or https URL that Webmon may fetch.
Result<HopRequest> next_request(const HopRequest& from, int status, const std::string& location);

/// True for the headers that carry credentials by definition: authorization, cookie,
/// proxy-authorization.
bool is_credential(std::string_view header) noexcept;

/// From https to http: the answer can be read and changed on the way.
bool is_downgrade(const Url& from, const Url& to) noexcept;

}  // namespace webmon::fetch
