/// The table of all routes, and what is done with one request before and after its handler.
/// Internal to this folder.
#pragma once

#include <optional>

#include "pipeline/api/handlers.hpp"
#include "pipeline/api/operation.hpp"
#include "pipeline/api/router.hpp"

namespace webmon::api {

/// A segment of `pattern` in braces is a path parameter.
struct Route {
  std::string_view method;
  std::string_view pattern;
  Handler handler;
  Operation operation;
  bool reads_stream = false;  ///< the handler reads Request::source; `body` is empty
};
/// Every route, as in docs/api.md (a test compares the two) and /openapi.json (made from this).
std::span<const Route> routes() noexcept;

class Dispatch {
 public:
  explicit Dispatch(Context& context);
  /// The answer to one request, whatever it is; never throws. `method` and `path` as sent.
  Awaitable<Response> answer(Request request);
  /// Route::reads_stream of the route that would answer. `target` as sent.
  bool reads_stream(std::string_view method, std::string_view target) const;

 private:
  /// `route` is told as soon as it is known: it outlives the call.
  Awaitable<Response> run(const Request& request, std::optional<std::size_t>& route);
  Awaitable<Answer> find_and_run(const Request& request, std::optional<std::size_t>& route);
  Context& context_;
  Router router_;
};

/// A server without authentication must not be usable from a web page: the Host must be a loopback
/// name or address (DNS rebinding), and Origin, if there is one, must be this server. Pure.
Checked<void> check_origin(const Request& request);

}  // namespace webmon::api
