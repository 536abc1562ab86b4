/// Errors on the wire: RFC 9457 problem+json with a stable `code` (docs/api.md, "Errors"). Pure.
#pragma once

#include <boost/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"
#include "pipeline/api/http_message.hpp"

namespace webmon::api {

struct Problem {
  int status = 500;
  std::string code = "internal";  ///< for programs; each one is a row of docs/api.md
  std::string detail;             ///< for people
  Fields headers;                 ///< Retry-After, Allow, Location …
  boost::json::object extra;      ///< further members
};

/// Every code that an answer may carry has one status. In the order of docs/api.md, "Errors"; a
/// test compares them, and with the codes that the sources of this folder name.
struct ProblemCode {
  std::string_view code;
  int status;
};
std::span<const ProblemCode> problem_codes() noexcept;

/// Status and code of an error of Webmon's own.
Problem problem_of(const Error& error);
/// `instance` is the id of the request.
Response to_response(const Problem& problem, std::string_view request_id);

/// "Not Found" for 404; "Error" for a status that Webmon never sends.
std::string_view reason_of(int status) noexcept;

}  // namespace webmon::api
