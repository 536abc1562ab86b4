/// Which handler answers which method and path. Pure; knows nothing of what handlers are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/core/result.hpp"

namespace webmon::api {

class Router {
 public:
  /// `pattern` is a path whose segments are literal or in braces: "/api/v1/assets/{id}/reports". A
  /// literal wins over a parameter.
  void add(std::string_view method, std::string_view pattern, std::size_t handler);

  struct Found {
    std::size_t handler = 0;
    std::vector<std::string> params;  ///< percent-decoded
  };
  struct NoRoute {};
  struct WrongMethod {
    std::string allow;  ///< "GET, HEAD, OPTIONS, POST"
  };
  /// HEAD is answered by GET's handler. OPTIONS is never found: its answer is WrongMethod's list.
  /// A segment with a bad escape matches nothing.
  std::variant<Found, NoRoute, WrongMethod> match(std::string_view method,
                                                  std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    std::size_t handler;
  };
  std::vector<Route> routes_;
};

}  // namespace webmon::api
