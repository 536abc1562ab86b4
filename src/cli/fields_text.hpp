/// Any JSON object as a table of two columns, for answers that have no table of their own. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace webmon::cli {

/// One row per member; members of objects as "jobs.done", to a depth of two. Anything else as JSON.
std::string render_fields(const boost::json::value& object, std::size_t width);

/// One value for a cell: texts as they are, lists of texts joined by commas, numbers without
/// exponents, the rest as JSON.
std::string cell_text(const boost::json::value& value);

}  // namespace webmon::cli
