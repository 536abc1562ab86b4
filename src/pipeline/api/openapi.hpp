/// The API described for programs: OpenAPI 3.1, made from the table of routes, the schemas of
/// schemas.hpp and the codes of problem.hpp. Pure.
#pragma once

#include <boost/json.hpp>
#include <span>

#include "pipeline/api/routes.hpp"

namespace webmon::api {

/// Throws std::logic_error for a row or schema that names what does not exist; a test makes it.
boost::json::object openapi_document(std::span<const Route> routes);

}  // namespace webmon::api
