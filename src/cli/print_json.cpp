#include "cli/print_json.hpp"

#include "cli/fields_text.hpp"
#include "cli/terminal.hpp"

namespace webmon::cli {

void print_json(const boost::json::value& value) { print(boost::json::serialize(value) + "\n"); }

void print_answer(const boost::json::value& value, bool is_json) {
  if (is_json)
    print_json(value);
  else
    print(render_fields(value, terminal_width()));
}

}  // namespace webmon::cli
