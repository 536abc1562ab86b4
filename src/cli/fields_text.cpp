#include "cli/fields_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/table.hpp"
#include "cli/text.hpp"

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
      table.add({name, cell_text(value)});
    }
  }
}

/// Boost writes 0.9 as 9E-1.
std::string json_text(const json::value& value) {
  if (value.is_double()) return human_number(value.get_double());
  std::vector<std::string> parts;
  if (const auto* array = value.if_array()) {
    for (const auto& one : *array) parts.push_back(json_text(one));
    return fmt::format("[{}]", fmt::join(parts, ","));
  }
  if (const auto* object = value.if_object()) {
    for (const auto& [key, one] : *object)
      parts.push_back(json::serialize(key) + ":" + json_text(one));
    return fmt::format("{{{}}}", fmt::join(parts, ","));
  }
  return json::serialize(value);
}

}  // namespace

std::string cell_text(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string{*text};
  const auto* array = value.if_array();
  const bool is_texts =
      array != nullptr && !array->empty() &&
      std::ranges::all_of(*array, [](const auto& one) { return one.is_string(); });
  if (!is_texts) return json_text(value);
  std::vector<std::string_view> texts;
  for (const auto& one : *array) texts.push_back(one.get_string());
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string render_fields(const json::value& object, std::size_t width) {
  Table table{{{"FIELD"}, {"VALUE"}}};
  if (object.is_object()) add_rows(object.get_object(), "", 0, table);
  return table.render(width);
}

}  // namespace webmon::cli
