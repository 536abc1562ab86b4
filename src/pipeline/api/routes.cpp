#include "pipeline/api/routes.hpp"

#include <exception>

#include "lib/core/log.hpp"
#include "pipeline/api/counters.hpp"
#include "pipeline/api/representation.hpp"

namespace webmon::api {
namespace {

/// The host of a Host header or an origin's authority, without port and brackets.
std::string_view host_of(std::string_view authority) noexcept {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

bool is_loopback_name(std::string_view host) noexcept {
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.")) return false;
  return host.find_first_not_of("0123456789.") == host.npos;  // "127.evil.example" is a name
}

void log_answer(const Request& request, std::string_view route, int status, nanoseconds took) {
  const auto level = status >= 500 ? LogLevel::warn : LogLevel::debug;
  if (!is_logged(level)) return;
  const auto ms = std::chrono::duration<double, std::milli>(took).count();
  log_event(level, "request",
            {{"request", request.id},
             {"method", request.method},
             {"route", route},
             {"status", status},
             {"duration_ms", ms}});
}

}  // namespace

Checked<void> check_origin(const Request& request) {
  const auto host = request.header("host");
  if (host && !is_loopback_name(host_of(*host))) {
    return refuse(403, "bad_host", "without authentication only loopback names are served");
  }
  const auto origin = request.header("origin");
  if (!origin) return {};
  if (!host || *origin != "http://" + std::string{*host}) {
    return refuse(403, "bad_origin", "requests of other origins are refused");
  }
  return {};
}

Dispatch::Dispatch(Context& context) : context_{context} {
  std::size_t index = 0;
  for (const auto& route : routes()) router_.add(route.method, route.pattern, index++);
}

Awaitable<Response> Dispatch::answer(Request request) {
  const auto began = context_.clock.mono();
  std::optional<std::size_t> route;
  auto response = co_await run(request, route);
  represent(request, response);
  const auto took = context_.clock.mono() - began;
  context_.counters.answered(route, response.status, took);
  log_answer(request, route ? routes()[*route].pattern : "none", response.status, took);
  co_return response;
}

Awaitable<Response> Dispatch::run(const Request& request, std::optional<std::size_t>& route) {
  Problem problem;
  try {
    auto answer = co_await find_and_run(request, route);
    if (answer) co_return std::move(*answer);
    problem = std::move(answer.error());
  } catch (const std::exception& error) {
    log_error("a handler failed", {{"request", request.id}, {"error", error.what()}});
    problem.detail = "a bug; the log has details under this request's id";
  }
  context_.counters.refused(problem.code);
  co_return to_response(problem, request.id);
}

bool Dispatch::reads_stream(std::string_view method, std::string_view target) const {
  const auto match = router_.match(method, target.substr(0, target.find('?')));
  const auto* found = std::get_if<Router::Found>(&match);
  return found != nullptr && routes()[found->handler].reads_stream;
}

Awaitable<Answer> Dispatch::find_and_run(const Request& sent, std::optional<std::size_t>& route) {
  if (auto ok = check_origin(sent); !ok) co_return refuse(std::move(ok.error()));
  if (sent.path == "*" && sent.method == "OPTIONS") {
    Response response;
    response.status = 204;
    response.headers.emplace_back("Allow", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
    co_return response;
  }
  auto target = parse_target(sent.path);
  if (!target) co_return refuse(400, "bad_request", std::move(target.error().detail));
  auto request = sent;
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  auto match = router_.match(request.method, request.path);
  if (auto* wrong = std::get_if<Router::WrongMethod>(&match)) {
    if (request.method == "OPTIONS") {
      Response response;
      response.status = 204;
      response.headers.emplace_back("Allow", wrong->allow);
      co_return response;
    }
    Problem problem;
    problem.status = 405;
    problem.code = "method_not_allowed";
    problem.detail = request.method + " is not possible here; allowed: " + wrong->allow;
    problem.headers.emplace_back("Allow", wrong->allow);
    co_return refuse(std::move(problem));
  }
  auto* found = std::get_if<Router::Found>(&match);
  if (found == nullptr) co_return refuse(404, "no_route", "there is nothing at this path");
  route = found->handler;
  request.params = std::move(found->params);
  const auto& row = routes()[found->handler];
  if (auto ok = allow_parameters(request, row.operation.query); !ok) {
    co_return refuse(std::move(ok.error()));
  }
  co_return co_await row.handler(context_, request);
}

}  // namespace webmon::api
