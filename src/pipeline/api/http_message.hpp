/// A request as handlers see it and the answer they give: values without an HTTP library. A body
/// that is too large to be a value is a stream (streams.hpp).
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/result.hpp"
#include "pipeline/api/streams.hpp"

namespace webmon::api {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string id;  ///< of this request, in every answer and log line
  std::string method;
  std::string path;                 ///< as sent, without the query
  Fields query;                     ///< percent-decoded, in order
  std::vector<std::string> params;  ///< what the {…} of the route matched, percent-decoded
  Fields headers;                   ///< names in lower case
  std::string body;
  std::shared_ptr<BodySource> source;  ///< instead of `body`, for routes that stream it

  std::optional<std::string_view> header(std::string_view name) const noexcept;
  /// A header that is a list: the values of all its lines, joined by commas.
  std::string all(std::string_view name) const;
  std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  Fields headers;
  std::string body;
  BodyWriter stream;  ///< if set, it makes the body; called once, and not for HEAD
};

/// May a client name its request so? 1 to 64 of [A-Za-z0-9._-].
bool is_request_id(std::string_view text) noexcept;

Response json_response(int status, const boost::json::value& body);

/// Path and query of a request target in origin form. Errors: bad_input for another form, a bad
/// escape, NUL, more than 64 query parameters.
struct RequestTarget {
  std::string path;
  Fields query;
};
Result<RequestTarget> parse_target(std::string_view target);

/// Percent-decoding of one path segment or query value. Errors: bad_input (bad escape, NUL).
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::string percent_encode(std::string_view text);

}  // namespace webmon::api
