/// An answer of the API on standard output: as it came, or as a table of its fields.
#pragma once

#include <boost/json.hpp>

namespace webmon::cli {

/// One line.
void print_json(const boost::json::value& value);
/// `print_json` if `is_json`, else render_fields.
void print_answer(const boost::json::value& value, bool is_json);

}  // namespace webmon::cli
