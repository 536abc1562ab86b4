#include "pipeline/api/problem.hpp"

#include "pipeline/api/schemas.hpp"

namespace webmon::api {
namespace {

int status_of(Errc code) noexcept {
  switch (code) {
    case Errc::bad_input:
      return 422;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::stale:
      return 412;
    case Errc::forbidden:
      return 403;
    case Errc::too_large:
      return 413;
    case Errc::timeout:
    case Errc::bus_down:
    case Errc::store_down:
    case Errc::store_refused:
    case Errc::schema:
      return 503;
    case Errc::bad_frame:
    case Errc::bad_config:
    case Errc::internal:
      return 500;
  }
  return 500;
}

constexpr ProblemCode kCodes[] = {
    {"moved", 308},
    {"bad_request", 400},
    {"bad_json", 400},
    {"bad_id", 400},
    {"bad_cursor", 400},
    {"bad_limit", 400},
    {"bad_query", 400},
    {"bad_idempotency_key", 400},
    {"bad_host", 403},
    {"bad_origin", 403},
    {"forbidden", 403},
    {"no_route", 404},
    {"not_found", 404},
    {"method_not_allowed", 405},
    {"request_timeout", 408},
    {"conflict", 409},
    {"run_retired", 409},
    {"gone", 410},
    {"stale", 412},
    {"too_large", 413},
    {"uri_too_long", 414},
    {"unsupported_media_type", 415},
    {"bad_expectation", 417},
    {"bad_input", 422},
    {"idempotency_mismatch", 422},
    {"header_too_large", 431},
    {"internal", 500},
    {"bad_frame", 500},
    {"bad_transfer_encoding", 501},
    {"store_down", 503},
    {"timeout", 503},
    {"store_refused", 503},
    {"schema", 503},
    {"bus_down", 503},
    {"snapshot_failed", 503},
    {"too_busy", 503},
    {"stopping", 503},
    {"too_many_listeners", 503},
    {"bad_version", 505},
};

}  // namespace

constinit const std::string_view kProblemSchemas = R"({
  "ProblemMembers": {"abstract": true, "properties": {
    "type": {"const": "about:blank"}, "title": "string", "status": "count",
    "code": {"type": "string", "description": "for programs; stable"},
    "detail": {"type": "string", "description": "for people"},
    "instance": {"type": "string", "description": "the X-Request-Id"}}},
  "Problem": {"extends": ["ProblemMembers"], "optional": ["holder", "version", "moved_to", "removed", "purged_after"],
    "properties": {
      "removed": {"type": "string", "format": "date-time", "description": "when the asset was removed"},
      "purged_after": {"type": "string", "format": "date-time", "description": "until then it can be restored"},
      "holder": {"type": "string", "format": "uuid", "description": "the asset that has the URL"},
      "version": {"type": "integer", "description": "that the asset has now"},
      "moved_to": {"type": "string", "format": "uuid", "description": "new id of the asset"}}},
  "SnapshotFailed": {"extends": ["ProblemMembers"], "additionalProperties": true,
    "description": "with the members of the answer, because the change was made and stays",
    "properties": {"code": {"const": "snapshot_failed"}, "durable": {"const": false}}}
})";

std::span<const ProblemCode> problem_codes() noexcept { return kCodes; }

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

Problem problem_of(const Error& error) {
  Problem problem;
  problem.status = status_of(error.code);
  problem.code = to_string(error.code);
  problem.detail = error.detail;
  if (problem.status == 503) problem.headers.emplace_back("Retry-After", "2");
  return problem;
}

Response to_response(const Problem& problem, std::string_view request_id) {
  boost::json::object body;
  body["type"] = "about:blank";
  body["title"] = reason_of(problem.status);
  body["status"] = problem.status;
  body["code"] = problem.code;
  body["detail"] = problem.detail;
  body["instance"] = request_id;
  for (const auto& [name, value] : problem.extra) body[name] = value;
  auto response = json_response(problem.status, body);
  response.content_type = "application/problem+json";
  response.headers = problem.headers;
  return response;
}

}  // namespace webmon::api
