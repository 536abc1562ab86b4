#include "pipeline/api/routes.hpp"

#include <exception>

#include "lib/core/log.hpp"

namespace webmon::api {
namespace {

constexpr Route kRoutes[] = {
    {"GET", "/api/v1/health", get_health},
    {"GET", "/api/v1/fleet", get_fleet},
    {"GET", "/api/v1/plugins", list_plugins},
    {"GET", "/api/v1/assets", list_assets},
    {"POST", "/api/v1/assets", create_asset},
    {"POST", "/api/v1/assets:bulk", bulk_assets, true},
    {"GET", "/api/v1/assets:export", export_assets},
    {"GET", "/api/v1/assets/{}", get_asset},
    {"PATCH", "/api/v1/assets/{}", patch_asset},
    {"DELETE", "/api/v1/assets/{}", delete_asset},
    {"POST", "/api/v1/assets/{}/restore", restore_asset},
    {"GET", "/api/v1/assets/{}/statistics", get_statistics},
    {"GET", "/api/v1/assets/{}/reports", get_reports},
    {"GET", "/api/v1/assets/{}/history", get_history},
    {"GET", "/api/v1/runs", list_runs},
    {"POST", "/api/v1/runs", create_run},
    {"GET", "/api/v1/runs/{}", get_run},
    {"DELETE", "/api/v1/runs/{}", cancel_run},
    {"GET", "/api/v1/runs/{}/jobs", list_run_jobs},
    {"POST", "/api/v1/runs/{}/cancel", cancel_run},
    {"GET", "/api/v1/jobs/{}", get_job},
    {"POST", "/api/v1/jobs/{}/cancel", cancel_job},
    {"POST", "/api/v1/snapshots", create_snapshot},
    {"GET", "/api/v1/snapshots/{}", get_snapshot},
};

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

}  // namespace

std::span<const Route> routes() noexcept { return kRoutes; }

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
  for (const auto& route : kRoutes) router_.add(route.method, route.pattern, index++);
}

Awaitable<Response> Dispatch::answer(Request request) {
  Problem problem;
  try {
    auto answer = co_await find_and_run(request);
    if (answer) co_return std::move(*answer);
    problem = std::move(answer.error());
  } catch (const std::exception& error) {
    log_error("a handler failed", {{"request", request.id}, {"error", error.what()}});
    problem.detail = "a bug; the log has details under this request's id";
  }
  co_return to_response(problem, request.id);
}

bool Dispatch::reads_stream(std::string_view method, std::string_view target) const {
  const auto match = router_.match(method, target.substr(0, target.find('?')));
  const auto* found = std::get_if<Router::Found>(&match);
  return found != nullptr && kRoutes[found->handler].reads_stream;
}

Awaitable<Answer> Dispatch::find_and_run(const Request& sent) {
  if (auto ok = check_origin(sent); !ok) co_return refuse(std::move(ok.error()));
  if (sent.path == "*" && sent.method == "OPTIONS") {
    Response response;
    response.status = 204;
    response.headers.emplace_back("Allow", "DELETE, GET, HEAD, OPTIONS, PATCH, POST");
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
  request.params = std::move(found->params);
  co_return co_await kRoutes[found->handler].handler(context_, request);
}

}  // namespace webmon::api
