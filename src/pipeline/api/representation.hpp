/// What becomes of an answer on its way to the client that asked: ETag and If-None-Match (RFC 9110,
/// 8.8.3 and 13.1.2), content coding. The same for every route. Pure.
#pragma once

#include "pipeline/api/http_message.hpp"

namespace webmon::api {

/// `response` as an answer to `request`. The body of a good GET without an ETag gets a weak one of
/// its content; if the client has it already the answer is 304 without a body; a body that is worth
/// it is compressed, which makes its ETag weak. HEAD is treated as GET: its head must be the same.
void represent(const Request& request, Response& response);

/// True if `if_none_match`, the value of that header, names `etag`: weak comparison.
bool names_etag(std::string_view if_none_match, std::string_view etag) noexcept;

}  // namespace webmon::api
