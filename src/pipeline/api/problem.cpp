#include "pipeline/api/problem.hpp"

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

}  // namespace

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
