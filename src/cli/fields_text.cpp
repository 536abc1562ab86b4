#include "cli/fields_text.hpp"

#include "cli/table.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr int kDepth = 2;

void add_rows(const json::object& object, const std::string& prefix, int depth, Table& table) {
  for (const auto& [key, value] : object) {
    const auto name = prefix + std::string{key};
    if (value.is_object() && depth < kDepth && !value.get_object().empty()) {
      add_rows(value.get_object(), name + ".", depth + 1, table);
    } else {
      table.add(
          {name, value.is_string() ? std::string{value.get_string()} : json::serialize(value)});
    }
  }
}

}  // namespace

std::string render_fields(const json::value& object, std::size_t width) {
  Table table{{{"FIELD"}, {"VALUE"}}};
  if (object.is_object()) add_rows(object.get_object(), "", 0, table);
  return table.render(width);
}

}  // namespace webmon::cli
